// SPDX-License-Identifier: Apache-2.0
#include <gateway/problem.hpp>

#include <algorithm>
#include <array>
#include <base/json.hpp>
#include <cstdlib>

namespace cordboard::gateway {
namespace {

constexpr std::array<named_problem, 21> of_gateway{{
    {"unauthenticated", 401, "Log on first, or send a token that holds.", "请先登录,或提供有效令牌。"},
    {"login_failed", 401, "The name or the password is wrong.", "用户名或密码错误。"},
    {"locked_out", 429, "Too many wrong passwords; try again later.", "密码错误次数过多,请稍后再试。"},
    {"rate_limited", 429, "Too many requests; try again later.", "请求过于频繁,请稍后再试。"},
    {"csrf_refused", 403, "The request lacks the session's X-CSRF-Token.", "缺少会话的 X-CSRF-Token。"},
    {"origin_refused", 403, "The request comes from a foreign page.", "请求来自其他网站。"},
    {"token_in_url", 400, "A token in the address is not taken; send it as Authorization: Bearer.",
     "不接受地址中的令牌,请用 Authorization: Bearer。"},
    {"not_found", 404, "There is nothing here.", "没有此资源。"},
    {"method_not_allowed", 405, "This method is not for this resource.", "不支持此方法。"},
    {"body_invalid", 400, "The body is not what this request takes.", "请求体无效。"},
    {"body_too_large", 413, "The body is too large.", "请求体过大。"},
    {"head_too_large", 431, "The head is too large.", "请求头过大。"},
    {"request_invalid", 400, "This is no well-formed request.", "请求格式无效。"},
    {"too_slow", 408, "The request did not come in time.", "请求接收超时。"},
    {"media_type_unsupported", 415, "Send application/json.", "请发送 application/json。"},
    {"streams_full", 503, "As many follow events as may.", "事件流数已达上限。"},
    {"connections_full", 503, "As many are connected as may.", "连接数已达上限。"},
    {"changed_meanwhile", 412, "Somebody else has changed it since it was read.", "读取之后已被他人修改。"},
    {"roster_invalid", 422, "The roster has mistakes; problems names each of them.", "值班表有误,详见 problems。"},
    {"store_away", 503, "The store cannot be asked now.", "数据库暂不可用。"},
    {"internal", 500, "The gateway failed; its trace says why.", "网关内部错误。"},
}};

unsigned status_of(errc why) {
  switch (why) {
    case errc::access_refused:
    case errc::scope_exceeded:
    case errc::service_barred:
    case errc::consent_missing:
    case errc::consent_declined:
    case errc::approval_needed: return 403;
    case errc::command_invalid:
    case errc::text_invalid:
    case errc::reason_missing:
    case errc::field_invalid:
    case errc::result_unknown: return 422;
    case errc::log_gone: return 410;
    case errc::queue_full:
    case errc::limit_reached:
    case errc::board_closed:
    case errc::not_connected:
    case errc::log_full: return 503;
    case errc::timed_out: return 504;
    default: return name(why).ends_with("_unknown") ? 404 : 409;
  }
}

}  // namespace

named_problem describe(fault why) { return of_gateway[static_cast<std::size_t>(why)]; }

named_problem describe(errc why) {
  if (name(why).empty()) return describe(fault::internal);
  return {name(why), status_of(why), text(why, language::en), text(why, language::zh)};
}

std::string problem_json(const named_problem& what, std::string_view instance, language in, const problem_keys& more) {
  json_object o;
  o.text("type", "urn:cordboard:error:" + std::string(what.name));
  o.text("title", in == language::zh ? what.zh : what.en);
  o.number("status", what.status);
  o.text("code", what.name);
  o.words("instance", instance);
  for (const auto& [key, json] : more) o.raw(key, json);
  return std::move(o).end();
}

language language_of(std::string_view accept_language) {
  // "zh-CN,zh;q=0.9,en;q=0.8": the weight of a range is 1 unless it says so; of equal ones the first.
  double best = 0;
  auto found = language::en;
  while (!accept_language.empty()) {
    const auto end = std::min(accept_language.find(','), accept_language.size());
    auto range = accept_language.substr(0, end);
    accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
    range.remove_prefix(std::min(range.find_first_not_of(' '), range.size()));
    const auto q = range.find("q=");
    const double weight = q == std::string_view::npos ? 1 : std::strtod(std::string(range.substr(q + 2)).c_str(), nullptr);
    const bool zh = range.starts_with("zh");
    if ((!zh && !range.starts_with("en")) || weight <= best) continue;
    best = weight;
    found = zh ? language::zh : language::en;
  }
  return found;
}

}  // namespace cordboard::gateway
