// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <config/tables.hpp>
#include <outbox/settings.hpp>
#include <outbox/words.hpp>

namespace cordboard::outbox {
namespace {

namespace c = cordboard::settings;
using type = c::key_type;
using c::value;

constexpr std::int64_t s = 1'000'000'000, min = 60 * s, hour = 60 * min;

template <auto Member, class Target>
void text(Target& to, const value& v) {
  to.*Member = v.text;
}
template <auto Member, class Target>
void list(Target& to, const value& v) {
  to.*Member = v.list;
}
template <auto Member, class Target>
void time(Target& to, const value& v) {
  to.*Member = std::chrono::nanoseconds(v.integer);
}

constexpr std::array outbox_keys{
    c::key<settings>{{"run", type::path, "/run/cordboard", 1, 90, "", "the board's run folder", "总机的运行目录"},
                     text<&settings::run, settings>},
    c::key<settings>{{"state", type::folder, "!", 1, 4096, "", "folder: how far each hook is", "各回调进度的保存目录"},
                     text<&settings::state, settings>},
    c::key<settings>{{"file", type::path, "", 0, 4096, "",
                      "messages go to this file, a line each, where there is no [sms] or [mail] for them; empty: none do",
                      "无 [sms] 或 [mail] 时写入此文件;空则不写"},
                     text<&settings::file, settings>},
    c::key<settings>{{"time_zone", type::zone, "Asia/Shanghai", 1, 64, "", "of times in messages", "消息中时间的时区"},
                     text<&settings::time_zone, settings>},
    c::key<settings>{
        {"source", type::name, "cordboard", 1, 64, "", "what hooks are told that they come from", "回调事件的来源名"},
        text<&settings::source, settings>},
    c::key<settings>{{"timeout", type::duration, "15s", 1 * s, 2 * min, "", "of one try", "单次发送时限"},
                     time<&settings::timeout, settings>},
    c::key<settings>{{"first_pause", type::duration, "1s", 10'000'000, 10 * min, "",
                      "after the first try that failed; twice as long after each further one", "首次失败后的间隔,逐次加倍"},
                     time<&settings::first_pause, settings>},
    c::key<settings>{{"longest_pause", type::duration, "5min", 10'000'000, 24 * hour, "", "never longer than this", "最长间隔"},
                     time<&settings::longest_pause, settings>},
    c::key<settings>{{"give_up", type::duration, "24h", 1 * s, 744 * hour, "", "so long it is tried", "放弃前的总时长"},
                     time<&settings::give_up, settings>},
    c::key<settings>{
        {"catch_up", type::duration, "24h", 1 * s, 744 * hour, "",
         "what happened longer ago, while this did not run, causes no message by itself", "停机期间更早的事件不再补发"},
        time<&settings::catch_up, settings>},
};
constexpr std::array sms_keys{
    c::key<sms_config>{{"url", type::name, "!", 8, 1024, "", "where a message is posted: http:// or https://", "短信网关地址"},
                       text<&sms_config::url, sms_config>},
    c::key<sms_config>{{"body", type::name, R"({"to":"{to}","text":"{text}","id":"{id}"})", 1, 4096, "",
                        "what is posted: {to}, {text}, {id} and {secret} are put in, escaped as the content type wants it",
                        "请求体,含 {to}、{text}、{id}、{secret}"},
                       text<&sms_config::body, sms_config>},
    c::key<sms_config>{{"content_type", type::choice, "application/json", 0, 0,
                        "application/json|application/x-www-form-urlencoded", "of the body", "请求体类型"},
                       text<&sms_config::content_type, sms_config>},
    c::key<sms_config>{{"headers", type::references, "", 0, 16, "", "more lines of the head, with {secret}", "附加请求头"},
                       list<&sms_config::headers, sms_config>},
    c::key<sms_config>{{"secret_file", type::secret_file, "", 0, 4096, "", "file whose first line is the secret", "密钥文件"},
                       text<&sms_config::secret, sms_config>},
    c::key<sms_config>{{"id_field", type::word, "id", 1, 32, "", "of the answer, an object: what the gateway calls the message",
                        "应答中的消息编号字段"},
                       text<&sms_config::id_field, sms_config>},
    c::key<sms_config>{{"status_url", type::name, "", 0, 1024, "",
                        "where it is asked what became of message {id}; empty: the gateway does not say", "送达状态查询地址"},
                       text<&sms_config::status_url, sms_config>},
    c::key<sms_config>{
        {"delivered", type::name, "delivered", 1, 64, "", "stands in that answer when it has arrived", "已送达的字样"},
        text<&sms_config::delivered, sms_config>},
    c::key<sms_config>{{"failed", type::name, "failed", 1, 64, "", "stands in it when it will not arrive", "未送达的字样"},
                       text<&sms_config::failed, sms_config>},
    c::key<sms_config>{{"poll", type::duration, "30s", 10'000'000, 1 * hour, "", "how often it is asked", "查询间隔"},
                       time<&sms_config::poll, sms_config>},
};
constexpr std::array mail_keys{
    c::key<mail_config>{{"server", type::name, "!", 8, 1024, "", "smtp://host:port, or smtps://host:port", "邮件服务器"},
                        text<&mail_config::server, mail_config>},
    c::key<mail_config>{{"from", type::name, "!", 3, 254, "", "address that they come from", "发件地址"},
                        text<&mail_config::from, mail_config>},
    c::key<mail_config>{{"user", type::name, "", 0, 254, "", "who logs on there; empty: nobody does", "登录用户"},
                        text<&mail_config::user, mail_config>},
    c::key<mail_config>{
        {"password_file", type::secret_file, "", 0, 4096, "", "file whose first line is the password", "密码文件"},
        text<&mail_config::password, mail_config>},
};
constexpr std::array template_keys{
    c::key<template_config>{{"name", type::word, "!", 1, 32, "", "what send_message calls it", "模板名"},
                            text<&template_config::name, template_config>},
    c::key<template_config>{{"way", type::choice, "sms", 0, 0, "sms|mail", "how it goes", "发送方式"},
                            [](template_config& t, const value& v) { t.way = static_cast<message_way>(v.integer + 1); }},
    c::key<template_config>{
        {"on", type::choice, "asked", 0, 0, "asked|opened|appointment|reminder|excused|no_show|overdue|escalated|closed",
         "when it is sent by itself; asked: by send_message alone", "自动发送的时机;asked 为仅按命令"},
        [](template_config& t, const value& v) { t.on = static_cast<occasion>(v.integer); }},
    c::key<template_config>{
        {"kind", type::word, "", 0, 32, "", "for requests of this kind alone; empty: of all", "仅限此事项类别"},
        text<&template_config::kind, template_config>},
    c::key<template_config>{{"to", type::name, "{number}", 1, 254, "",
                             "whom: a number or an address, or a field of the request", "收件号码或地址,可用字段"},
                            text<&template_config::to, template_config>},
    c::key<template_config>{{"subject", type::name, "", 0, 254, "", "of a mail", "邮件主题"},
                            text<&template_config::subject, template_config>},
    c::key<template_config>{
        {"text", type::name, "!", 1, 2000, "",
         "what is written, with fields of the request: {no}, {name}, {appointment}, {due}, {result}…", "正文,可用字段"},
        text<&template_config::text, template_config>},
};
constexpr std::array hook_keys{
    c::key<hook_config>{{"name", type::word, "!", 1, 32, "", "of its place in the state folder", "名称"},
                        text<&hook_config::name, hook_config>},
    c::key<hook_config>{{"url", type::name, "!", 8, 1024, "", "where events are posted: http:// or https://", "回调地址"},
                        text<&hook_config::url, hook_config>},
    c::key<hook_config>{{"secret_file", type::secret_file, "", 0, 4096, "",
                         "file whose first line signs what is sent; empty: unsigned", "签名密钥文件;空则不签名"},
                        text<&hook_config::secret, hook_config>},
    c::key<hook_config>{
        {"events", type::words, "", 0, 256, "", "kinds of events; empty: those of calls and requests", "事件类别"},
        list<&hook_config::events, hook_config>},
    c::key<hook_config>{{"texts", type::choice, "none", 0, 0, "none|masked|whole", "numbers, names and notes of the events",
                         "号码、姓名与记录的文本"},
                        text<&hook_config::texts, hook_config>},
};
const c::table<settings> outbox_table{"outbox", false, "messages and hooks", "消息与回调", outbox_keys};
const c::table<sms_config> sms_table{"sms", false, "a gateway for short messages", "短信网关", sms_keys};
const c::table<mail_config> mail_table{"mail", false, "a mail server", "邮件服务器", mail_keys};
const c::table<template_config> template_table{"template", true, "what is written to people", "消息模板", template_keys};
const c::table<hook_config> hook_table{"hook", true, "a program that is told of events", "事件回调", hook_keys};

class reader : c::table_reader {
public:
  using table_reader::table_reader;
  loaded_settings read(const toml::table& file) {
    loaded_settings out;
    known_tables(file, {outbox_table.name, sms_table.name, mail_table.name, template_table.name, hook_table.name});
    one(file, outbox_table, out.value);
    if (file.get("outbox") == nullptr)
      tell({}, "outbox", {"nothing", "缺少此表"}, {"a table [outbox] with state", "含 state 的表 [outbox]"});
    if (file.get("sms") != nullptr) {
      sms_config sms;
      const auto at = one(file, sms_table, sms);
      address(at, "sms.url", sms.url, {"http://", "https://"});
      if (!sms.status_url.empty()) address(at, "sms.status_url", sms.status_url, {"http://", "https://"});
      out.value.sms = std::move(sms);
    }
    if (file.get("mail") != nullptr) {
      mail_config mail;
      const auto at = one(file, mail_table, mail);
      address(at, "mail.server", mail.server, {"smtp://", "smtps://"});
      if (!is_mail_address(mail.from)) tell(at.of("from"), "mail.from", c::quoted(mail.from), {"an address", "邮件地址"});
      out.value.mail = std::move(mail);
    }
    templates(many(file, template_table), out.value);
    hooks(many(file, hook_table), out.value);
    by_line();
    out.problems = std::move(problems_);
    return out;
  }

private:
  template <class Target>
  void address(const c::entry<Target>& at, const std::string& key, const std::string& url,
               std::vector<std::string_view> begins) {
    const bool good =
        std::any_of(begins.begin(), begins.end(), [&](auto one) { return url.starts_with(one) && url.size() > one.size(); });
    if (!good && !url.empty())
      tell(at.of(std::string_view(key).substr(key.find('.') + 1)), key, c::quoted(url),
           {fmt::format("{}…, or {}…", begins[0], begins[1]), fmt::format("{}… 或 {}…", begins[0], begins[1])});
  }
  void templates(const std::vector<c::entry<template_config>>& all, settings& to) {
    for (const auto& e : all) {
      const bool twice = std::any_of(to.templates.begin(), to.templates.end(),
                                     [&](const template_config& t) { return t.name == e.value.name; });
      if (twice) tell(e.of("name"), "template.name", c::quoted(e.value.name), {"a name of its own", "不重复的名称"});
      const bool has_way = e.value.way == message_way::sms ? to.sms.has_value() : to.mail.has_value();
      if (!has_way && to.file.empty())
        tell(e.of("way"), "template.way", c::quoted(std::string(name(e.value.way))),
             {"a way that there is: [sms], [mail], or file in [outbox]", "已配置的方式:[sms]、[mail] 或 [outbox] 的 file"});
      to.templates.push_back(e.value);
    }
  }
  void hooks(const std::vector<c::entry<hook_config>>& all, settings& to) {
    for (const auto& e : all) {
      const bool twice =
          std::any_of(to.hooks.begin(), to.hooks.end(), [&](const hook_config& h) { return h.name == e.value.name; });
      if (twice) tell(e.of("name"), "hook.name", c::quoted(e.value.name), {"a name of its own", "不重复的名称"});
      address(e, "hook.url", e.value.url, {"http://", "https://"});
      for (const std::string& one : e.value.events)
        if (!kind_named(one)) tell(e.of("events"), "hook.events", c::quoted(one), {"the name of an event", "事件名称"});
      to.hooks.push_back(e.value);
      if (to.hooks.back().texts.empty()) to.hooks.back().texts = "none";
    }
  }
};

}  // namespace

std::optional<event_kind> kind_named(std::string_view text) {
  for (unsigned number = 1; number <= 65535 && !text.empty(); ++number)
    if (name(static_cast<event_kind>(number)) == text) return static_cast<event_kind>(number);
  return std::nullopt;
}

loaded_settings load_settings(const std::string& path) {
  loaded_settings out;
  auto problems = c::read_toml_file(path, c::script_bytes_max, [&](const toml::table& file) {
    out = reader(c::folder_of(path)).read(file);
    return std::move(out.problems);
  });
  out.problems = std::move(problems);
  return out;
}

}  // namespace cordboard::outbox
