// SPDX-License-Identifier: Apache-2.0
// What a restart needs of a leg, and how it is made again from that.
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>
#include <sip/saved_text.hpp>
#include <strings.h>
#include <algorithm>
#include <array>

namespace cordboard::sip {
namespace {

/// Added to our CSeq: requests may have been sent since it was saved, and the peer only demands growth.
constexpr std::uint32_t cseq_jump = 1000;

/// Whoever has answered says so again within this (timer G of RFC 3261 begins with T1), and need not be asked again.
constexpr auto heard_within = std::chrono::seconds(1);

/// Whether an answer is made from this header: all that a restart needs of a request. No credentials, no body.
bool is_of_answer(std::string_view line) {
  // What the caller says of the session's timer is in the answer, too: a 200 that is said again has to be the same.
  static constexpr std::array<std::string_view, 19> names{"Via",
                                                          "v",
                                                          "Record-Route",
                                                          "From",
                                                          "f",
                                                          "To",
                                                          "t",
                                                          "Call-ID",
                                                          "i",
                                                          "CSeq",
                                                          "Contact",
                                                          "m",
                                                          "Timestamp",
                                                          "Allow",
                                                          "Supported",
                                                          "k",
                                                          "Session-Expires",
                                                          "x",
                                                          "Min-SE"};
  const auto name = line.substr(0, line.find_first_of(": \t"));
  return std::any_of(names.begin(), names.end(), [&](std::string_view one) {
    return one.size() == name.size() && strncasecmp(one.data(), name.data(), name.size()) == 0;
  });
}

message_ptr parse(std::string_view text) {
  message_ptr out(msg_make(sip_default_mclass(), MSG_DO_EXTRACT_COPY, text.data(), static_cast<ssize_t>(text.size())));
  const sip_t* const sip = out != nullptr ? sip_object(out.get()) : nullptr;
  const bool whole = sip != nullptr && sip->sip_request != nullptr && sip->sip_request->rq_method == sip_method_invite &&
                     sip->sip_via != nullptr && sip->sip_call_id != nullptr && sip->sip_cseq != nullptr &&
                     sip->sip_from != nullptr && sip->sip_to != nullptr;
  if (!whole) out.reset();
  return out;
}

const char* text_or_empty(const char* text) { return text != nullptr ? text : ""; }

}  // namespace

std::string call_leg::head_for_answer(std::string_view message) {
  std::string out;
  bool keep = true;  // the request's line first
  while (!message.empty()) {
    const auto end = message.find('\n');
    const auto line = message.substr(0, end == message.npos ? end : end + 1);
    message.remove_prefix(line.size());
    if (line == "\r\n" || line == "\n") break;
    const bool folded = line[0] == ' ' || line[0] == '\t';
    if (!out.empty() && !folded) keep = is_of_answer(line);
    if (keep) out += line;
  }
  return out + "\r\n";
}

bool call_leg::is_in(std::string_view saved, std::string_view state) {
  // Asked at every change of every call: so the state stands first, and the rest is not read.
  constexpr std::string_view before = "leg 1\nstate ";
  if (!saved.starts_with(before)) return false;
  saved.remove_prefix(before.size());
  return saved.substr(0, saved.find('\n')) == state;
}

void call_leg::save() {
  // Accepted counts as up: whoever waits for an ACK at a crash talks after it, and one text less is written for each call.
  const char* state = "up";
  if (phase_ == phase::calling || phase_ == phase::cancelling) state = "calling";
  if (phase_ == phase::incoming) state = "incoming";
  home pool;
  saved_text out("leg 1");
  out.put("state", state);
  out.put("device", std::to_string(device_.value));
  out.put("outgoing", outgoing_ ? "1" : "0");
  out.put("call-id", call_id_);
  out.put("local", local_);
  out.put("ltag", text_or_empty(nta_leg_get_tag(leg_.get())));
  out.put("remote", remote_);
  out.put("rtag", text_or_empty(nta_leg_get_rtag(leg_.get())));
  out.put("cseq", std::to_string(nta_leg_get_seq(leg_.get())));
  if (phase_ != phase::incoming && interval_ != 0) {
    out.put("session", std::to_string(interval_));
    out.put("refresher", refresher_ ? "1" : "0");
    out.put("updates", updates_ ? "1" : "0");
    out.put("since", std::to_string(session_since_ / 1'000'000'000));
  }
  out.put("rcseq", std::to_string(nta_leg_get_rseq(leg_.get())));
  out.put("branch", branch_);
  out.put("invite", std::to_string(invite_cseq_));
  out.put("uri", request_uri_);
  if (phase_ == phase::calling) {
    out.put("auto", auto_answer_ ? "1" : "0");
    out.put("referred", referred_by_);
    out.put("first_route", first_route_);
  }
  out.put("via", route_);
  out.put("hop", hop_);
  out.put("over", came_.connected() ? name_of(came_.over) : "");
  out.put("sips", sips_ ? "1" : "0");
  const sip_route_t* route = nullptr;
  const sip_contact_t* target = nullptr;
  nta_leg_get_route(leg_.get(), &route, &target);
  // In brackets: else the URI's parameters become the header's.
  if (target != nullptr) out.put("target", std::string("<") + text_or_empty(url_as_string(pool, target->m_url)) + ">");
  std::string routes;
  for (; route != nullptr; route = route->r_next)
    routes += (routes.empty() ? "<" : ", <") + std::string(text_or_empty(url_as_string(pool, route->r_url))) + ">";
  out.put("routes", routes);
  if (phase_ == phase::incoming) {
    out.put("late", late_ ? "1" : "no");
    out.put_raw(early_);
  }
  of_.tell([id = id_, text = std::move(out).text()](sink& to) mutable { to.on_dialog_changed(id, std::move(text)); });
}

bool call_leg::restore(stack_core& of, leg_id id, std::string_view saved, const std::string& offer) {
  const saved_reader in(saved, "leg 1");
  const device_id from{static_cast<std::uint32_t>(in.number("device"))};
  if (!in.ok() || of.find(id) != nullptr || of.legs.size() >= stack_core::legs_max) return false;
  auto made = std::make_unique<call_leg>(of, id, from, in.get("outgoing") == "1");
  made->call_id_ = in.get("call-id");
  made->local_ = in.get("local");
  made->remote_ = in.get("remote");
  made->branch_ = in.get("branch");
  made->invite_cseq_ = static_cast<std::uint32_t>(in.number("invite"));
  made->request_uri_ = in.get("uri");
  made->route_ = in.get("via");
  made->hop_ = in.get("hop");
  made->came_.over = transport_named(in.get("over"));
  made->sips_ = in.get("sips") == "1";
  const std::string state = in.get("state");
  bool done = false;
  if (state == "up" || state == "accepted") {
    done = made->restore_dialog(in);
    if (done && !made->outgoing_) of.restored_callers[made->call_id_] = id;
  }
  // The connection that an unanswered INVITE came or went by died with the process.
  if (state == "calling" && made->way() == transport::udp) {
    made->offer_ = offer;
    done = made->restore_calling(in);
  }
  if (state == "incoming" && !made->came_.connected()) done = made->restore_incoming(in);
  if (done) of.add(std::move(made));
  return done;
}

bool call_leg::restore_dialog(const saved_reader& in) {
  const std::string ltag = in.get("ltag");
  const std::string rtag = in.get("rtag");
  if (call_id_.empty() || ltag.empty()) return false;
  const std::string local = local_ + ";tag=" + ltag;
  const std::string remote = rtag.empty() ? remote_ : remote_ + ";tag=" + rtag;
  const auto cseq = static_cast<std::uint32_t>(in.number("cseq"));
  // 0: this side has sent no request yet, and the library chooses a first number by its clock.
  const std::string next = std::to_string(cseq == 0 ? 0 : cseq + cseq_jump) + " INVITE";
  leg_ = create_leg(of_.agent.get(), *this,
                    tags(SIPTAG_CALL_ID_STR(call_id_.c_str()), SIPTAG_FROM_STR(local.c_str()), SIPTAG_TO_STR(remote.c_str()),
                         SIPTAG_CSEQ_STR(next.c_str()), NTATAG_REMOTE_CSEQ(static_cast<std::uint32_t>(in.number("rcseq")))));
  if (leg_ == nullptr) return false;
  home pool;
  const std::string routes = in.get("routes");
  const std::string target = in.get("target");
  // As a server's route set, which is not reversed: it is saved in the order of sending.
  nta_leg_server_route(leg_.get(), routes.empty() ? nullptr : sip_record_route_make(pool, routes.c_str()),
                       target.empty() ? nullptr : sip_contact_make(pool, target.c_str()));
  // An ACK that came meanwhile is lost, and so is its transaction: whoever was answered talks.
  phase_ = phase::up;
  interval_ = static_cast<std::uint32_t>(in.number("session"));
  refresher_ = in.get("refresher") == "1";
  updates_ = in.get("updates") == "1";
  const std::uint64_t since = in.number("since");
  session_since_ = static_cast<std::int64_t>(since) * 1'000'000'000;
  begin_session(std::chrono::seconds(refresher_ && interval_ != 0 ? first_refresh(since) : 0));
  return true;
}

/// When it was due anyway; what came due meanwhile is spread over a quarter of the interval, not asked of all at once.
std::uint64_t call_leg::first_refresh(std::uint64_t since) {
  const auto now = static_cast<std::uint64_t>(of_.to.now() / 1'000'000'000);
  const std::uint64_t due = since + interval_ / 2;
  return since != 0 && now < due ? std::min<std::uint64_t>(due - now, interval_ / 2)
                                 : 1 + of_.to.fresh_id() % (interval_ / 4 + 1);
}

bool call_leg::restore_calling(const saved_reader& in) {
  const std::string ltag = in.get("ltag");
  if (call_id_.empty() || ltag.empty() || branch_.empty()) return false;
  first_route_ = in.get("first_route");
  referred_by_ = in.get("referred");
  auto_answer_ = in.get("auto") == "1";
  if (!make_early_leg(ltag, invite_cseq_)) return false;
  phase_ = phase::calling;
  if (offer_.empty()) return true;
  again_ = std::make_unique<timer>(of_.on, [this] { repeat_invite(); });
  again_->after(heard_within);
  return true;
}

bool call_leg::make_early_leg(const std::string& tag, std::uint32_t number) {
  const std::string local = local_ + ";tag=" + tag;
  const std::string cseq = std::to_string(number) + " INVITE";
  leg_ = create_leg(of_.agent.get(), *this,
                    tags(SIPTAG_CALL_ID_STR(call_id_.c_str()), SIPTAG_FROM_STR(local.c_str()), SIPTAG_TO_STR(remote_.c_str()),
                         SIPTAG_CSEQ_STR(cseq.c_str())));
  return leg_ != nullptr;
}

bool call_leg::restore_incoming(const saved_reader& in) {
  auto message = parse(in.raw());
  const std::string tag = in.get("ltag");
  if (message == nullptr || tag.empty()) return false;
  const sip_t* const sip = sip_object(message.get());
  leg_ = create_leg(of_.agent.get(), *this,
                    tags(SIPTAG_CALL_ID(sip->sip_call_id), SIPTAG_FROM(sip->sip_to), SIPTAG_TO(sip->sip_from),
                         NTATAG_REMOTE_CSEQ(sip->sip_cseq->cs_seq)));
  if (leg_ == nullptr) return false;
  nta_leg_tag(leg_.get(), tag.c_str());
  nta_leg_server_route(leg_.get(), sip->sip_record_route, sip->sip_contact);
  // A text of before has the whole message and no such line.
  late_ = in.get("late").empty() ? description_of(*sip).empty() : in.get("late") == "1";
  invite_in_ = sip::restore_incoming(of_.agent.get(), leg_.get(), message.release());
  if (invite_in_ == nullptr) return false;
  nta_incoming_tag(invite_in_.get(), tag.c_str());
  bind(invite_in_.get(), *this);
  early_ = in.raw();
  note_session(*sip);
  phase_ = phase::incoming;
  return true;
}

void call_leg::forget_caller() {
  const auto found = of_.restored_callers.find(call_id_);
  if (found != of_.restored_callers.end() && found->second == id_) of_.restored_callers.erase(found);
}

bool call_leg::is_repeated(const sip_t& sip) const {
  const char* const theirs = leg_ != nullptr ? nta_leg_get_rtag(leg_.get()) : nullptr;
  return sip.sip_to->a_tag == nullptr && theirs != nullptr && sip.sip_from->a_tag != nullptr &&
         std::string_view(sip.sip_from->a_tag) == theirs && sip.sip_cseq->cs_seq <= nta_leg_get_rseq(leg_.get());
}

void call_leg::take_again(nta_incoming_t* request, const sip_t& sip) {
  // Our 200 may have been lost, and who would have repeated it is the process before: this one answers as to an offer in the call.
  nta_incoming_tag(request, nta_leg_get_tag(leg_.get()));
  on_offer(request, sip);
}

bool call_leg::is_named(std::string_view call_id, std::string_view to_tag, std::string_view from_tag) const {
  if (call_id != call_id_ || leg_ == nullptr || to_tag != text_or_empty(nta_leg_get_tag(leg_.get()))) return false;
  const char* const theirs = nta_leg_get_rtag(leg_.get());
  if (theirs != nullptr) return from_tag == theirs;
  // Who rings has told its tag, but perhaps to the process before; then our own tag, which nobody can guess, must do.
  return early_tag_.empty() || from_tag == early_tag_;
}

int call_leg::replaceable(bool early_only) const {
  switch (phase_) {
    case phase::calling: return 0;
    case phase::accepted:
    case phase::up: return early_only ? 486 : 0;
    case phase::incoming: return 481;  // RFC 3891 3: an early dialog that we did not begin
    case phase::cancelling:
    case phase::leaving:
    case phase::over: return 603;
  }
  return 481;
}

bool call_leg::takes_stray(std::string_view call_id, std::string_view our_tag) const {
  return outgoing_ && call_id == call_id_ && leg_ != nullptr && our_tag == text_or_empty(nta_leg_get_tag(leg_.get()));
}

void call_leg::on_stray(const sip_t& sip) {
  const int status = sip.sip_status->st_status;
  if (sip.sip_cseq->cs_seq != invite_cseq_ || sip.sip_via == nullptr || sip.sip_via->v_branch == nullptr) return;
  again_.reset();
  if (phase_ == phase::up || phase_ == phase::leaving) {
    // Our ACK was lost, and what repeats it died with the process.
    const char* const tag = sip.sip_to->a_tag;
    if (status >= 200 && status < 300 && tag != nullptr && std::string_view(tag) == text_or_empty(nta_leg_get_rtag(leg_.get())))
      acknowledge(invite_cseq_, sip.sip_via->v_branch);
    return;
  }
  if ((phase_ != phase::calling && phase_ != phase::cancelling) || invite_out_ != nullptr) return;
  if (status >= 300) {
    // RFC 3261 17.1.1.3: the ACK to a refusal is the transaction's, with its branch and the answer's To.
    const std::string cseq = std::to_string(invite_cseq_) + " ACK";
    tags with(NTATAG_BRANCH_KEY(branch_.c_str()), NTATAG_ACK_BRANCH(branch_.c_str()), SIPTAG_CSEQ_STR(cseq.c_str()),
              SIPTAG_TO(sip.sip_to));
    const char* const route = first_way(with);
    ack_ = send(leg_.get(), nullptr, route, {SIP_METHOD_ACK}, as_url(request_uri_.c_str()), std::move(with));
  }
  on_invite_answer(status, sip);
}

}  // namespace cordboard::sip
