// SPDX-License-Identifier: Apache-2.0
// A configuration file, read to its end whatever is wrong with it: all problems are told at once.
#include <config/dialogue.hpp>
#include <config/house_checks.hpp>
#include <config/tables.hpp>
#include <base/house_prompts.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace cordboard {
namespace {

using namespace settings;
/// The kernel's ephemeral ports: a program that asks for any port may get one of these before we do.
std::pair<int, int> ephemeral_ports() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  int first = 32768, last = 60999;
  file >> first >> last;
  return {first, last};
}

class reader : table_reader {
public:
  using table_reader::table_reader;

  loaded_config read(const toml::table& file) {
    std::vector<std::string_view> names;
    for_each_table([&](const auto& t) { names.push_back(t.name); });
    known_tables(file, names);
    const auto of_house = [&](const table<config>& known) { return one(file, known, result_.value); };
    of_house(board_table);
    const auto log = of_house(log_table), store = of_house(store_table), sip = of_house(sip_table),
               media = of_house(media_table);
    const auto policy = of_house(policy_table);
    const auto phones = many(file, phone_table);
    const auto trunks = many(file, trunk_table);
    const auto departments = many(file, department_table);
    const auto operators = many(file, operator_table);
    const auto queues = many(file, queue_table);
    const auto hours = many(file, hours_table);
    const auto dialogues = many(file, dialogue_table);
    const auto reasons = many(file, reason_table);
    const auto classes = many(file, class_table);
    const auto code_calls = many(file, code_call_table);
    const auto kinds = many(file, request_kind_table);
    const auto health = of_house(health_table), codes = of_house(phone_code_table);
    const auto checks = many(file, check_table);
    const auto call_reasons = many(file, call_reason_table);
    const auto roles = many(file, role_table);
    auto users = many(file, user_table);

    ports(sip, media);
    if (const auto& m = result_.value.media; !m.recordings_key_file.empty() && m.recordings.empty())
      tell(media.of("recordings_key_file"), "media.recordings_key_file", {"no media.recordings", "没有 media.recordings"},
           {"a folder for recordings", "须设置录音目录"});
    archive(log);
    database(store);
    for (const auto& k : kinds) result_.value.house.request_kinds.push_back(k.value);
    std::map<std::string, std::string> numbers;
    for (const auto& p : phones) device(p, phone_table.name, device_kind::phone, false, numbers);
    for (const auto& t : trunks) device(t, trunk_table.name, device_kind::trunk, false, numbers);
    for (const auto& d : departments) device(d, department_table.name, device_kind::phone, true, numbers);
    people(operators);
    waiting(queues, numbers);
    scripts(dialogues, numbers);
    opening(hours);
    for (const auto& d : departments) open_when(d, department_table.name, numbers);
    for (const auto& q : queues) open_when(q, queue_table.name, numbers);
    for (const auto& q : queues) rated(q, numbers);
    for (const auto& q : queues) limited(q, numbers);
    for (const auto& d : departments) stands_in(d, numbers);
    for (const auto& o : operators) duties(o);
    leaving(reasons);
    for (const auto& number : result_.value.house.emergency_numbers)
      if (number.find_first_not_of("0123456789+*#") != std::string::npos)
        tell(policy.of("emergency_numbers"), "policy.emergency_numbers", quoted(number), {"outside numbers", "外线号码"});
    check_classes(*this, classes);
    for (const auto& [table, list] : {std::pair{phone_table.name, &phones}, {department_table.name, &departments}})
      for (const auto& d : *list) check_class_of(*this, d.value.service, d.of("class"), table, classes);
    for (const auto& o : operators) check_class_of(*this, o.value.service, o.of("class"), operator_table.name, classes);
    for (const auto& c : classes) result_.value.house.classes.push_back(c.value);
    for (const auto& c : code_calls) {
      claim(numbers, c.value.number, c.of("number"), code_call_table.name, "number");
      result_.value.house.code_calls.push_back(c.value);
    }
    for (const auto& c : code_calls) check_code_call(*this, c, numbers, result_.value);
    check_request_kinds(*this, kinds, numbers, result_.value.house);
    for (const auto& q : queues) check_kind_named(*this, q.value.abandoned, q.of("abandoned"), "queue.abandoned", kinds);
    if (const auto limit = result_.value.house.policy.entry_limit; limit.count() != 0 && limit < std::chrono::minutes(1))
      tell(policy.of("entry_limit"), "policy.entry_limit", {duration_text(limit.count()), duration_text(limit.count())},
           {"0s, or 1min and more", "0s,或不少于 1min"});
    for (const auto& [table, list] :
         {std::pair{phone_table.name, &phones}, {trunk_table.name, &trunks}, {department_table.name, &departments}})
      for (const auto& d : *list) check_device(*this, d, table, numbers);
    for (const auto& c : checks) result_.value.house.checks.push_back(c.value);
    for (const auto& r : call_reasons) result_.value.house.call_reasons.push_back(r.value);
    check_codes(*this, codes, numbers, result_.value);
    check_equipment(*this, health, checks, call_reasons, kinds, numbers, operators_, result_.value);
    check_roles(*this, roles, numbers);
    for (auto& u : users) give_roles(*this, u, roles);
    principals(users);
    by_line();
    result_.problems = std::move(problems_);
    for (auto& one : in_scripts_) result_.problems.push_back(std::move(one));
    return std::move(result_);
  }

private:
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

  void database(const entry<config>& store) {
    const auto& c = result_.value.store;
    if (!c.path.empty() && !c.postgresql.empty())
      tell(store.of("postgresql"), "store.postgresql", {"path beside it", "同时有 path"},
           {"one of path and postgresql", "path 与 postgresql 二者之一"});
    if (!c.postgresql.empty() && c.key_file.empty())
      tell(store.of("postgresql"), "store.key_file", {"nothing, but postgresql", "缺少此键,但有 postgresql"},
           {"the file of the master key", "须设置主密钥文件"});
    if (c.postgresql.find("password=") != std::string::npos)
      tell(store.of("postgresql"), "store.postgresql", {"a password (not shown)", "含有密码(不显示)"},
           {"a connection without one: it stands in ~/.pgpass", "不含密码的连接串:密码写在 ~/.pgpass"});
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
    if (e.value.direct && e.value.srtp != srtp_policy::off)
      tell(e.of("srtp"), fmt::format("{}.srtp", table), {"beside media = \"direct\"", "同时有 media = \"direct\""},
           {"a voice that passes through the house, which has the keys", "语音经总机,密钥由总机持有"});
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

  /// Scripts stand in files of their own; what they name of the house is looked at here.
  void scripts(const std::vector<entry<dialogue_config>>& dialogues, std::map<std::string, std::string>& numbers) {
    for (const auto& e : dialogues) {
      claim(numbers, e.value.number, e.of("number"), "dialogue", "number");
      if (e.value.file.empty()) continue;
      auto script = load_dialogue(e.value.file);
      script.value.number = e.value.number;
      if (script.problems.empty()) script.problems = problems_in_house(script.value, result_.value);
      std::move(script.problems.begin(), script.problems.end(), std::back_inserter(in_scripts_));
      result_.value.house.dialogues.push_back(std::move(script.value));
    }
  }
  void rated(const entry<queue_config>& e, const std::map<std::string, std::string>& numbers) {
    const auto hit = numbers.find(e.value.rating);
    if (!e.value.rating.empty() && (hit == numbers.end() || hit->second != "[[dialogue]]"))
      tell(e.of("rating"), "queue.rating", quoted(e.value.rating),
           {"the number of a [[dialogue]]", "某个 [[dialogue]] 的号码"});
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
           {"the number of another phone, department or queue, or of a dialogue", "另一话机、科室、队列或语音流程的号码"});
    if constexpr (std::is_same_v<Target, queue_config>) {
      if (v.rank == queue_class::emergency && !(v.hours.empty() && v.when_closed.empty()))
        tell(e.of(v.hours.empty() ? "when_closed" : "hours"), v.hours.empty() ? "queue.when_closed" : "queue.hours",
             {"hours of an emergency line", "急呼队列的服务时间"}, {"none: an emergency never closes", "不设:急呼从不关闭"});
    }
  }

  bool is_called(const std::map<std::string, std::string>& numbers, const std::string& number, const std::string& from) const {
    const auto hit = numbers.find(number);
    return hit != numbers.end() && hit->second != "[[trunk]]" && number != from;
  }

  /// Where the callers of a queue go when it has too many, or nobody for them.
  void limited(const entry<queue_config>& e, const std::map<std::string, std::string>& numbers) {
    const auto& q = e.value;
    const auto wrong = [&](std::string_view key, phrase found, phrase expected) {
      tell(e.of(key), fmt::format("queue.{}", key), std::move(found), std::move(expected));
    };
    for (const auto& [key, number] :
         {std::pair{"when_full", &q.when_full}, {"when_late", &q.when_late}, {"when_unstaffed", &q.when_unstaffed}})
      if (!number->empty() && !is_called(numbers, *number, q.number))
        wrong(key, quoted(*number), {"the number of another phone, department or queue", "另一话机、科室或队列的号码"});
    const bool limits = q.length_max != 0 || q.overflow.count() != 0 || !q.when_unstaffed.empty();
    if (q.rank == queue_class::emergency && limits)
      wrong(q.length_max != 0         ? "length_max"
            : q.overflow.count() != 0 ? "overflow"
                                      : "when_unstaffed",
            {"a limit of an emergency line", "急呼队列的限制"},
            {"none: an emergency waits for whoever is there", "不设:急呼不受限制"});
    if (q.length_max == 0 && !q.when_full.empty())
      wrong("when_full", {"a number without length_max", "有号码,但没有 length_max"},
            {"a length that it is about", "须设置 length_max"});
    if ((q.overflow.count() == 0) != q.when_late.empty())
      wrong(q.when_late.empty() ? "overflow" : "when_late", {"one of overflow and when_late", "overflow 与 when_late 只有其一"},
            {"both, or neither", "两者同时设置或都不设"});
    constexpr std::int64_t often = 10'000'000'000;
    if (const auto every = q.tell_every.count(); every != 0 && every < often)
      wrong("tell_every", {duration_text(every), duration_text(every)}, {"0s, or 10s and more", "0s,或不少于 10s"});
    if (q.tell_every.count() != 0 && q.position.empty())
      wrong("tell_every", {"a time without position", "有间隔,但没有 position"}, {"what is said", "须设置 position"});
  }

  void stands_in(const entry<device_config>& e, const std::map<std::string, std::string>& numbers) {
    const auto& d = e.value;
    const auto hit = numbers.find(d.backup);
    if (d.backup.empty() || (is_called(numbers, d.backup, d.number) && hit->second != "[[queue]]")) return;
    tell(e.of("backup"), "department.backup", quoted(d.backup),
         {"the number of another phone or department", "另一话机或科室的号码"});
  }

  void duties(const entry<operator_config>& e) {
    const auto& o = e.value;
    if (!o.backup.empty() && (o.backup == o.name || !operators_.contains(o.backup)))
      tell(e.of("backup"), "operator.backup", quoted(o.backup),
           {"the name of another [[operator]]", "另一 [[operator]] 的姓名"});
    if (!o.shift.empty() && !hours_.contains(o.shift))
      tell(e.of("shift"), "operator.shift", quoted(o.shift), {"the name of [[hours]]", "某个 [[hours]] 的名称"});
  }

  void leaving(const std::vector<entry<reason_config>>& reasons) {
    std::map<std::uint16_t, std::uint32_t> numbers;
    for (const auto& e : reasons) {
      const auto& r = e.value;
      if (const auto [hit, fresh] = numbers.try_emplace(r.number, e.of("number").line); !fresh && r.number != 0)
        tell(e.of("number"), "reason.number",
             {fmt::format("{}, as in line {}", r.number, hit->second), fmt::format("{},与第 {} 行相同", r.number, hit->second)},
             {"a number of its own", "不重复的编号"});
      result_.value.house.reasons.push_back(r);
    }
    if (result_.value.house.policy.reasons_required && reasons.empty())
      tell({}, "policy.reasons_required", {"true without [[reason]]", "true,但没有 [[reason]]"},
           {"reasons that may be given", "须设置 [[reason]]"});
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

  void principals(const std::vector<entry<user_row>>& users) {
    std::map<std::string, std::uint32_t> names;
    std::map<std::uint32_t, std::uint32_t> uids;
    for (const auto& e : users) {
      const auto& u = e.value;
      if (e.keys.contains("uid") && e.keys.contains("unix_user"))
        tell(e.of("unix_user"), "user.unix_user", {"uid beside it", "同时有 uid"},
             {"one of uid and unix_user, or neither for who logs on at the gateway alone",
              "uid 与 unix_user 二者之一;仅在网关登录的用户两者都不填"});
      if (const auto [hit, fresh] = names.try_emplace(u.name, e.of("name").line); !fresh && !u.name.empty())
        tell(e.of("name"), "user.name",
             {fmt::format("\"{}\", as in line {}", u.name, hit->second),
              fmt::format("“{}”,与第 {} 行相同", u.name, hit->second)},
             {"a name of its own", "不重复的用户名"});
      if (!u.operator_.empty() && !operators_.contains(u.operator_))
        tell(e.of("operator"), "user.operator", quoted(u.operator_),
             {"the name of an [[operator]]", "某个 [[operator]] 的姓名"});
      if (u.uid)
        if (const auto [hit, fresh] = uids.try_emplace(*u.uid, e.at.line); !fresh)
          tell(e.of(e.keys.contains("uid") ? "uid" : "unix_user"), e.keys.contains("uid") ? "user.uid" : "user.unix_user",
               {fmt::format("uid {}, as in line {}", *u.uid, hit->second),
                fmt::format("uid {},与第 {} 行相同", *u.uid, hit->second)},
               {"one [[user]] for each uid", "每个 uid 只对应一个 [[user]]"});
      result_.value.house.users.push_back(u);
    }
  }

  loaded_config result_;
  std::vector<config_problem> in_scripts_;
  std::map<std::string, std::size_t> phones_;       ///< number to place in house.devices
  std::map<std::string, std::uint32_t> operators_;  ///< name to line
  std::map<std::string, std::uint32_t> lines_;      ///< number to line
  std::map<std::string, std::uint32_t> hours_;      ///< name to line
};

}  // namespace

loaded_config read_config(std::string_view text, const std::string& folder) {
  loaded_config result;
  const auto problems = read_toml(text, config_bytes_max, [&](const toml::table& file) {
    result = reader(folder).read(file);
    return result.problems;
  });
  result.problems = problems;
  return result;
}

loaded_config load_config(const std::string& path) {
  loaded_config result;
  const auto problems = read_toml_file(path, config_bytes_max, [&](const toml::table& file) {
    result = reader(folder_of(path)).read(file);
    return result.problems;
  });
  result.problems = problems;
  return result;
}

}  // namespace cordboard
