// SPDX-License-Identifier: Apache-2.0
// A configuration file, read to its end whatever is wrong with it: all problems are told at once.
#include <config/values.hpp>
#include <base/queue_prompts.hpp>
#include <base/utf8.hpp>
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

namespace cordboard {
namespace {

using namespace settings;
using place = toml::source_position;
/// A house of 100,000 phones fits; what is larger is no configuration.
constexpr std::size_t bytes_max = std::size_t{32} << 20;

/// A table of the file with where it and its keys stand.
template <class Target>
struct entry {
  Target value;
  place at;
  std::map<std::string_view, place> keys;
  place of(std::string_view key) const {
    const auto hit = keys.find(key);
    return hit == keys.end() ? at : hit->second;
  }
};

phrase quoted(const std::string& text) { return {fmt::format("\"{}\"", text), fmt::format("“{}”", text)}; }

/// The kernel's ephemeral ports: a program that asks for any port may get one of these before we do.
std::pair<int, int> ephemeral_ports() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  int first = 32768, last = 60999;
  file >> first >> last;
  return {first, last};
}

class reader {
public:
  explicit reader(std::string folder) : folder_(std::move(folder)) {}

  void tell(place at, std::string key, phrase found, phrase expected) {
    result_.problems.push_back({at.line, at.column, std::move(key), std::move(found), std::move(expected)});
  }

  loaded_config read(const toml::table& file) {
    known_tables(file);
    const auto board = one(file, board_table), log = one(file, log_table), sip = one(file, sip_table),
               media = one(file, media_table);
    one(file, policy_table);
    const auto phones = many(file, phone_table);
    const auto trunks = many(file, trunk_table);
    const auto departments = many(file, department_table);
    const auto operators = many(file, operator_table);
    const auto queues = many(file, queue_table);
    const auto hours = many(file, hours_table);
    const auto users = many(file, user_table);

    ports(sip, media);
    archive(log);
    std::map<std::string, std::string> numbers;
    for (const auto& p : phones) device(p, phone_table.name, device_kind::phone, false, numbers);
    for (const auto& t : trunks) device(t, trunk_table.name, device_kind::trunk, false, numbers);
    for (const auto& d : departments) device(d, department_table.name, device_kind::phone, true, numbers);
    people(operators);
    waiting(queues, numbers);
    opening(hours);
    for (const auto& d : departments) open_when(d, department_table.name, numbers);
    for (const auto& q : queues) open_when(q, queue_table.name, numbers);
    principals(users);
    std::stable_sort(result_.problems.begin(), result_.problems.end(),
                     [](const auto& a, const auto& b) { return a.line != b.line ? a.line < b.line : a.column < b.column; });
    return std::move(result_);
  }

private:
  void known_tables(const toml::table& file) {
    std::vector<std::string_view> names;
    for_each_table([&](const auto& t) { names.push_back(t.name); });
    for (const auto& [key, node] : file)
      if (std::find(names.begin(), names.end(), key.str()) == names.end()) unknown(key, std::string(key.str()), names);
  }

  void unknown(const toml::key& key, std::string path, const std::vector<std::string_view>& known) {
    const auto meant = nearest(key.str(), known);
    std::string all;
    for (const auto name : known) all += fmt::format("{}{}", all.empty() ? "" : ", ", name);
    tell(key.source().begin, std::move(path), {"a key that is not known", "未知的键"},
         meant.empty() ? phrase{"one of " + all, "下列之一:" + all}
                       : phrase{fmt::format("one of {}; did you mean \"{}\"?", all, meant),
                                fmt::format("下列之一:{};是否指“{}”?", all, meant)});
  }

  template <class Target>
  void keys_of(const toml::table& from, const table<Target>& known, entry<Target>& into) {
    into.at = from.source().begin;
    std::vector<std::string_view> names;
    for (const auto& k : known.keys) names.push_back(k.doc.name);
    for (const auto& [key, node] : from) {
      const auto path = fmt::format("{}.{}", known.name, key.str());
      const auto hit = std::find(names.begin(), names.end(), key.str());
      if (hit == names.end()) {
        unknown(key, path, names);
        continue;
      }
      into.keys[*hit] = key.source().begin;
      const auto& row = known.keys[static_cast<std::size_t>(hit - names.begin())];
      phrase found;
      if (const auto v = read_value(row.doc, node, folder_, found))
        row.assign(into.value, *v);
      else
        tell(node.source().begin, path, std::move(found), expectation(row.doc));
    }
    for (const auto& k : known.keys)
      if (k.doc.required() && !into.keys.contains(k.doc.name))
        tell(into.at, fmt::format("{}.{}", known.name, k.doc.name), {"nothing", "缺少此键"}, expectation(k.doc));
  }

  entry<config> one(const toml::table& file, const table<config>& known) {
    entry<config> into;
    const auto* node = file.get(known.name);
    if (node == nullptr) return into;
    if (!node->is_table()) {
      tell(node->source().begin, std::string(known.name), describe_value(*node),
           {fmt::format("a table [{}]", known.name), fmt::format("表 [{}]", known.name)});
      return into;
    }
    into.value = result_.value;
    keys_of(*node->as_table(), known, into);
    result_.value = into.value;
    return into;
  }

  template <class Target>
  std::vector<entry<Target>> many(const toml::table& file, const table<Target>& known) {
    std::vector<entry<Target>> entries;
    const auto* node = file.get(known.name);
    if (node == nullptr) return entries;
    if (!node->is_array_of_tables() && !(node->is_array() && node->as_array()->empty())) {
      tell(node->source().begin, std::string(known.name), describe_value(*node),
           {fmt::format("tables [[{}]]", known.name), fmt::format("表 [[{}]]", known.name)});
      return entries;
    }
    for (const auto& item : *node->as_array()) keys_of(*item.as_table(), known, entries.emplace_back());
    return entries;
  }

  void archive(const entry<config>& log) {
    const auto& c = result_.value.log;
    constexpr std::uint64_t least = std::uint64_t{256} << 20;
    const auto needs_archive = [&](bool given, std::string_view key) {
      if (!given || !c.archive.empty()) return;
      tell(log.of(key), fmt::format("log.{}", key), {"no log.archive", "没有 log.archive"},
           {"an archive that it is about", "须同时设置 log.archive"});
    };
    needs_archive(c.keep_days != 0, "keep_days");
    needs_archive(c.archive_bytes_max != 0, "archive_bytes_max");
    needs_archive(!c.chain_key_file.empty(), "chain_key_file");
    if (c.archive_bytes_max != 0 && c.archive_bytes_max < least) {
      const auto found = size_text(static_cast<std::int64_t>(c.archive_bytes_max));
      tell(log.of("archive_bytes_max"), "log.archive_bytes_max", {found, found},
           {"0, or 256MiB and more", "0,或不少于 256MiB"});
    }
  }

  void ports(const entry<config>& sip, const entry<config>& media) {
    const auto& c = result_.value;
    if (!c.sip.udp && !c.sip.tcp)
      tell(sip.of("tcp"), "sip.tcp", {"neither udp nor tcp", "UDP 与 TCP 均未启用"},
           {"at least one of them true", "至少启用其一"});
    if (c.sip.expires_min > c.sip.expires_max)
      tell(sip.of("expires_min"), "sip.expires_min",
           {duration_text(std::chrono::nanoseconds(c.sip.expires_min).count()),
            duration_text(std::chrono::nanoseconds(c.sip.expires_min).count())},
           {"at most expires_max", "不超过 expires_max"});
    secure(sip);
    if (c.sip.session_expires.count() != 0 && c.sip.session_expires < c.sip.session_min)
      tell(sip.of("session_expires"), "sip.session_expires",
           {duration_text(std::chrono::nanoseconds(c.sip.session_expires).count()),
            duration_text(std::chrono::nanoseconds(c.sip.session_expires).count())},
           {"0, or session_min and more", "0,或不少于 session_min"});
    const auto first = c.media.port_min, last = c.media.port_max;
    const auto range = fmt::format("{}-{}", first, last);
    if (first % 2 != 0)
      tell(media.of("port_min"), "media.port_min", {std::to_string(first), std::to_string(first)},
           {"an even port", "偶数端口"});
    if (last < first + 3) tell(media.of("port_max"), "media.port_max", {range, range}, {"at least four ports", "至少四个端口"});
    const auto [low, high] = ephemeral_ports();
    if (first <= high && last >= low)
      tell(media.of(media.keys.contains("port_min") ? "port_min" : "port_max"), "media.port_min", {range, range},
           {fmt::format("ports outside the kernel's ephemeral ones, {}-{}", low, high),
            fmt::format("系统临时端口 {}-{} 之外的端口", low, high)});
    if (c.sip.port != 0 && c.sip.port >= first && c.sip.port <= last)
      tell(sip.of("port"), "sip.port", {std::to_string(c.sip.port), std::to_string(c.sip.port)},
           {fmt::format("a port outside the voice ports {}", range), fmt::format("语音端口 {} 之外的端口", range)});
  }

  void secure(const entry<config>& sip) {
    const auto& c = result_.value.sip;
    const auto lacks = [&](const std::string& file, std::string_view key) {
      if (c.tls && file.empty())
        tell(sip.of("tls"), fmt::format("sip.{}", key), {"nothing, but tls = true", "缺少此键,而 tls = true"},
             {"a file", "文件"});
    };
    lacks(c.certificate, "certificate");
    lacks(c.private_key, "private_key");
    if (c.tls && c.tls_port != 0 && c.tls_port == c.port)
      tell(sip.of("tls_port"), "sip.tls_port", {std::to_string(c.tls_port), std::to_string(c.tls_port)},
           {"a port other than sip.port", "与 sip.port 不同的端口"});
  }

  /// What of a trunk depends on something else.
  void trunk(const entry<device_config>& e) {
    const auto& d = e.value;
    const auto wrong = [&](std::string_view key, phrase found, phrase expected) {
      tell(e.of(key), fmt::format("trunk.{}", key), std::move(found), std::move(expected));
    };
    if (e.keys.contains("target") && e.keys.contains("targets"))
      wrong("targets", {"target beside it", "同时有 target"}, {"one of target and targets", "target 与 targets 二者之一"});
    if (d.trunk.registers && d.trunk.user.empty())
      wrong("register", {"true without user", "true,但没有 user"}, {"an account to register with", "须有账号"});
    if (d.trunk.registers && d.targets.empty() && d.trunk.registrars.empty())
      wrong("register", {"true without target, targets or registrars", "true,但没有 target、targets 或 registrars"},
            {"where to", "须有目的地"});
    if (!d.password.empty() && d.trunk.user.empty())
      wrong("user", {"nothing, but a password", "缺少此键,但有密码"}, {"the account that it belongs to", "密码所属账号"});
    const auto& sip = result_.value.sip;
    for (const auto* list : {&d.targets, &d.trunk.registrars})
      for (const auto& one : *list)
        if (one.ends_with("=tls") && (!sip.tls || sip.ca_file.empty()))
          wrong(
              list == &d.targets ? (e.keys.contains("targets") ? "targets" : "target") : "registrars", quoted(one),
              {"sip.tls = true and sip.ca_file, which says whose certificates count", "须设置 sip.tls = true 与 sip.ca_file"});
  }

  /// False when the number stands already; it is told.
  void claim(std::map<std::string, std::string>& numbers, const std::string& number, place at, std::string_view table,
             std::string_view key) {
    if (number.empty()) return;
    const auto [hit, fresh] = numbers.try_emplace(number, fmt::format("[[{}]]", table));
    const auto line = lines_.try_emplace(number, at.line).first->second;
    if (fresh) return;
    tell(at, fmt::format("{}.{}", table, key),
         {fmt::format("\"{}\", which {} in line {} has", number, hit->second, line),
          fmt::format("“{}”,第 {} 行的 {} 已使用", number, line, hit->second)},
         {"a number of its own", "不重复的号码"});
  }

  void device(entry<device_config> e, std::string_view table, device_kind kind, bool department,
              std::map<std::string, std::string>& numbers) {
    e.value.kind = kind;
    e.value.department = department;
    const auto key = kind == device_kind::trunk ? "name" : "number";
    claim(numbers, e.value.number, e.of(key), table, key);
    const auto secrets = e.keys.count("password") + e.keys.count("password_file");
    if (secrets == 2)
      tell(e.of("password_file"), fmt::format("{}.password_file", table), {"password beside it", "同时有 password"},
           {"one of password and password_file", "password 与 password_file 二者之一"});
    if (kind == device_kind::trunk) trunk(e);
    if (kind == device_kind::phone) {
      if (secrets == 0 && !result_.value.loopback)
        tell(e.at, fmt::format("{}.password", table), {"nothing", "缺少此键"},
             {"one of password and password_file", "password 与 password_file 二者之一"});
      if (kind == device_kind::phone && !department)
        phones_.insert_or_assign(e.value.number, result_.value.house.devices.size());
    }
    result_.value.house.devices.push_back(std::move(e.value));
  }

  /// Tells a reference to a phone that is not there.
  bool phone_known(const std::string& number, place at, std::string_view table, std::string_view key) {
    if (number.empty() || phones_.contains(number)) return true;
    std::vector<std::string_view> known;
    for (const auto& [phone, index] : phones_) known.push_back(phone);
    const auto meant = nearest(number, known);
    tell(at, fmt::format("{}.{}", table, key), quoted(number),
         meant.empty() ? phrase{"the number of a [[phone]]", "某个 [[phone]] 的号码"}
                       : phrase{fmt::format("the number of a [[phone]]; did you mean \"{}\"?", meant),
                                fmt::format("某个 [[phone]] 的号码;是否指“{}”?", meant)});
    return false;
  }

  void people(const std::vector<entry<operator_config>>& operators) {
    for (const auto& e : operators) {
      const auto& o = e.value;
      phone_known(o.phone, e.of("phone"), "operator", "phone");
      const auto [hit, fresh] = operators_.try_emplace(o.name, e.of("name").line);
      if (!fresh && !o.name.empty())
        tell(e.of("name"), "operator.name",
             {fmt::format("\"{}\", as in line {}", o.name, hit->second),
              fmt::format("“{}”,与第 {} 行相同", o.name, hit->second)},
             {"a name of its own", "不重复的姓名"});
      result_.value.house.operators.push_back(o);
    }
  }

  void waiting(const std::vector<entry<queue_config>>& queues, std::map<std::string, std::string>& numbers) {
    std::vector<std::string_view> known;
    for (const auto& [name, line] : operators_) known.push_back(name);
    for (const auto& e : queues) {
      const auto& q = e.value;
      claim(numbers, q.number, e.of("number"), "queue", "number");
      for (const auto& name : q.operators) {
        if (operators_.contains(name)) continue;
        const auto meant = nearest(name, known);
        tell(e.of("operators"), "queue.operators", quoted(name),
             meant.empty() ? phrase{"names of [[operator]]s", "[[operator]] 的姓名"}
                           : phrase{fmt::format("names of [[operator]]s; did you mean \"{}\"?", meant),
                                    fmt::format("[[operator]] 的姓名;是否指“{}”?", meant)});
      }
      if (phone_known(q.supervisor, e.of("supervisor"), "queue", "supervisor") && !q.supervisor.empty())
        result_.value.house.devices[phones_.at(q.supervisor)].supervisor = true;
      said(e);
      result_.value.house.queues.push_back(q);
    }
  }

  /// Who gives spans for working days means Monday to Friday; a weekday that has its own keeps them.
  void opening(const std::vector<entry<hours_config>>& all) {
    static constexpr std::array weekdays{"monday", "tuesday", "wednesday", "thursday", "friday"};
    for (const auto& e : all) {
      auto h = e.value;
      for (std::size_t day = 0; day < weekdays.size(); ++day)
        if (!e.keys.contains(weekdays[day])) h.week[day] = h.working_day;
      if (!h.working_days.empty() && !e.keys.contains("working_day"))
        tell(e.of("holidays"), "hours.holidays",
             {"weekend days that are worked, but no working_day", "有调休上班日,但没有 working_day"},
             {"working_day, which says the hours of such a day", "须设置 working_day"});
      if (const auto [hit, fresh] = hours_.try_emplace(h.name, e.of("name").line); !fresh && !h.name.empty())
        tell(e.of("name"), "hours.name",
             {fmt::format("\"{}\", as in line {}", h.name, hit->second),
              fmt::format("“{}”,与第 {} 行相同", h.name, hit->second)},
             {"a name of its own", "不重复的名称"});
      result_.value.house.hours.push_back(std::move(h));
    }
  }

  /// The hours that a queue or department names, and the number that is called while it is closed.
  template <class Target>
  void open_when(const entry<Target>& e, std::string_view table, const std::map<std::string, std::string>& numbers) {
    const auto& v = e.value;
    if (!v.hours.empty() && !hours_.contains(v.hours)) {
      std::vector<std::string_view> known;
      for (const auto& [name, line] : hours_) known.push_back(name);
      const auto meant = nearest(v.hours, known);
      tell(e.of("hours"), fmt::format("{}.hours", table), quoted(v.hours),
           meant.empty() ? phrase{"the name of [[hours]]", "某个 [[hours]] 的名称"}
                         : phrase{fmt::format("the name of [[hours]]; did you mean \"{}\"?", meant),
                                  fmt::format("某个 [[hours]] 的名称;是否指“{}”?", meant)});
    }
    const auto hit = numbers.find(v.when_closed);
    if (!v.when_closed.empty() && (hit == numbers.end() || hit->second == "[[trunk]]" || v.when_closed == v.number))
      tell(e.of("when_closed"), fmt::format("{}.when_closed", table), quoted(v.when_closed),
           {"the number of another phone, department or queue", "另一话机、科室或队列的号码"});
    if constexpr (std::is_same_v<Target, queue_config>) {
      if (v.rank == queue_class::emergency && !(v.hours.empty() && v.when_closed.empty()))
        tell(e.of(v.hours.empty() ? "when_closed" : "hours"), v.hours.empty() ? "queue.when_closed" : "queue.hours",
             {"hours of an emergency line", "急呼队列的服务时间"}, {"none: an emergency never closes", "不设:急呼从不关闭"});
    }
  }

  /// What of a queue's words depends on something else.
  void said(const entry<queue_config>& e) {
    const auto& q = e.value;
    const auto& media = result_.value.media;
    const auto wrong = [&](std::string_view key, phrase found, phrase expected) {
      tell(e.of(key), fmt::format("queue.{}", key), std::move(found), std::move(expected));
    };
    for (const auto& [key, list] : prompts_of(q))
      if (!list->empty() && media.prompts.empty())
        wrong(key, {"prompts without media.prompts", "有提示语,但没有 media.prompts"},
              {"the folder where they are", "须设置提示语目录"});
    if (!q.record) return;
    if (q.notice.empty())
      wrong("record", {"true without notice", "true,但没有 notice"}, {"a notice to the caller", "须有录音告知"});
    if (media.recordings.empty())
      wrong("record", {"true without media.recordings", "true,但没有 media.recordings"},
            {"a folder for recordings", "须设置录音目录"});
  }

  void principals(const std::vector<entry<user_config>>& users) {
    std::map<std::string, std::uint32_t> names;
    std::map<std::uint32_t, std::uint32_t> uids;
    for (const auto& e : users) {
      const auto& u = e.value;
      if (e.keys.contains("uid") == e.keys.contains("unix_user"))
        tell(e.of("unix_user"), "user.unix_user",
             e.keys.contains("uid") ? phrase{"uid beside it", "同时有 uid"} : phrase{"nothing", "缺少此键"},
             {"one of uid and unix_user", "uid 与 unix_user 二者之一"});
      if (const auto [hit, fresh] = names.try_emplace(u.name, e.of("name").line); !fresh && !u.name.empty())
        tell(e.of("name"), "user.name",
             {fmt::format("\"{}\", as in line {}", u.name, hit->second),
              fmt::format("“{}”,与第 {} 行相同", u.name, hit->second)},
             {"a name of its own", "不重复的用户名"});
      if (u.uid)
        if (const auto [hit, fresh] = uids.try_emplace(*u.uid, e.at.line); !fresh)
          tell(e.of(e.keys.contains("uid") ? "uid" : "unix_user"), e.keys.contains("uid") ? "user.uid" : "user.unix_user",
               {fmt::format("uid {}, as in line {}", *u.uid, hit->second),
                fmt::format("uid {},与第 {} 行相同", *u.uid, hit->second)},
               {"one [[user]] for each uid", "每个 uid 只对应一个 [[user]]"});
      result_.value.house.users.push_back(u);
    }
  }

  std::string folder_;
  loaded_config result_;
  std::map<std::string, std::size_t> phones_;       ///< number to place in house.devices
  std::map<std::string, std::uint32_t> operators_;  ///< name to line
  std::map<std::string, std::uint32_t> lines_;      ///< number to line
  std::map<std::string, std::uint32_t> hours_;      ///< name to line
};

/// Where a byte of the file stands, for a person.
place place_of(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {static_cast<toml::source_index>(std::count(before.begin(), before.end(), '\n') + 1),
          static_cast<toml::source_index>(utf8_length(before.substr(line_start)) + 1)};
}

/// The parser's message may repeat what it read; on the line of a password it must not.
std::string safe_description(std::string_view text, const toml::parse_error& error) {
  std::size_t start = 0;
  for (toml::source_index line = 1; line < error.source().begin.line && start != std::string_view::npos; ++line) {
    start = text.find('\n', start);
    start += start == std::string_view::npos ? 0 : 1;
  }
  const auto line = start == std::string_view::npos ? std::string_view{} : text.substr(start, text.find('\n', start) - start);
  if (line.find("password") != std::string_view::npos) return "not shown, since the line has a password";
  return std::string(error.description());
}

loaded_config one_problem(place at, phrase found, phrase expected) {
  loaded_config result;
  result.problems.push_back({at.line, at.column, "", std::move(found), std::move(expected)});
  return result;
}

}  // namespace

loaded_config read_config(std::string_view text, const std::string& folder) {
  if (text.size() > bytes_max)
    return one_problem({}, {fmt::format("{} bytes", text.size()), fmt::format("{} 字节", text.size())},
                       {"at most 32 MiB", "不超过 32 MiB"});
  if (const auto wrong = utf8_error(text); wrong != std::string_view::npos)
    return one_problem(place_of(text, wrong),
                       {fmt::format("the byte 0x{:02x}, which is not UTF-8", static_cast<unsigned char>(text[wrong])),
                        fmt::format("非 UTF-8 字节 0x{:02x}", static_cast<unsigned char>(text[wrong]))},
                       {"UTF-8 text", "UTF-8 文本"});
  try {
    return reader(folder).read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const auto what = safe_description(text, error);
    return one_problem(error.source().begin,
                       {fmt::format("what is not TOML ({})", what), fmt::format("不符合 TOML 语法({})", what)},
                       {"TOML; what follows was not read", "TOML 语法;其后内容未读"});
  }
}

loaded_config load_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    errno = 0;
    for (std::string part(std::size_t{1} << 16, '\0'); file && text.size() <= bytes_max;) {
      file.read(part.data(), static_cast<std::streamsize>(part.size()));
      text.append(part, 0, static_cast<std::size_t>(file.gcount()));
    }
  }
  if (!file.is_open() || file.bad() || (text.empty() && errno != 0)) {
    const std::string why = std::generic_category().message(errno);
    return one_problem({}, {fmt::format("a file that cannot be read: {}", why), fmt::format("无法读取的文件:{}", why)},
                       {"a TOML file", "TOML 文件"});
  }
  const auto slash = path.rfind('/');
  return read_config(text, slash == std::string::npos ? "." : path.substr(0, slash + 1));
}

}  // namespace cordboard
