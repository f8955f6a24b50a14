// SPDX-License-Identifier: Apache-2.0
#include "agent.hpp"
#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace sip_sim {
namespace {

constexpr milliseconds t1 = 500, t2 = 4000, patience = 64 * t1;

std::string branch_of(const message& in) { return sip_test::parameter(in.get("via"), "branch"); }
int cseq_of(const message& in) { return std::stoi(in.get("cseq")); }

}  // namespace

agent::agent(int number, const manners& how, std::uint16_t port, sender send, std::function<void(const std::string&)> broken)
    : number_(number),
      how_(how),
      port_(port),
      send_(std::move(send)),
      broken_(std::move(broken)),
      own_tag_(fmt::format("a{}", number)) {}

std::string agent::state() const {
  return fmt::format("agent {} ({}{}{}{})", number_, caller_ ? "caller" : "called", up_ ? ", up" : "",
                     leaving_ ? ", leaving" : "", over_ ? ", over" : "");
}

void agent::call(std::uint16_t house) {
  caller_ = true;
  call_id_ = fmt::format("caller-{}", number_);
  name_ = fmt::format("1{:06}", number_);
  local_ = fmt::format("<sip:{}@127.0.0.1>;tag={}", name_, own_tag_);
  remote_ = fmt::format("<sip:9000@127.0.0.1:{}>", house);
  target_ = fmt::format("sip:9000@127.0.0.1:{}", house);
  invite_cseq_ = ++cseq_;
  if (how_.gives_up != 0) give_up_at_ = now() + how_.gives_up;
  ask("INVITE", target_, invite_cseq_);
  invite_branch_ = asked_.back().branch;
}

std::string agent::request(const std::string& method, const std::string& uri, int cseq, const std::string& branch,
                           const std::string& to, const std::string& body) const {
  return fmt::format(
      "{0} {1} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{2};branch={3};rport\r\nMax-Forwards: 70\r\nFrom: {4}\r\nTo: {5}\r\n"
      "Call-ID: {6}\r\nCSeq: {7} {0}\r\nContact: <sip:agent{8}@127.0.0.1:{2}>\r\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n"
      "{9}Content-Length: {10}\r\n\r\n{11}",
      method, uri, port_, branch, local_, to, call_id_, cseq, number_, body.empty() ? "" : "Content-Type: application/sdp\r\n",
      body.size(), body);
}

void agent::ask(const std::string& method, const std::string& uri, int cseq, std::string branch) {
  if (branch.empty()) branch = fmt::format("z9hG4bK-{}-{}", number_, ++branches_);
  asking out;
  out.method = method;
  out.branch = branch;
  out.cseq = cseq;
  out.text =
      request(method, uri, cseq, branch, method == "CANCEL" && caller_ ? remote_.substr(0, remote_.find(";tag=")) : remote_,
              method == "INVITE" ? sip_test::sdp : "");
  out.next = now() + t1;
  out.wait = t1;
  out.until = now() + patience;
  send_(out.text);
  asked_.push_back(std::move(out));
}

void agent::tick() {
  const auto due = [](milliseconds& at) { return at != 0 && at <= now() && std::exchange(at, 0) != 0; };
  if (due(ring_at_) && invite_ && !answered_ && !over_) say(*invite_, 180);
  if (due(answer_at_) && invite_ && !answered_ && !over_) answer_invite(*invite_, how_.refuses ? 486 : 200);
  if (due(give_up_at_) && !up_ && !over_) {
    const auto invite = std::find_if(asked_.begin(), asked_.end(), [](const asking& one) { return one.method == "INVITE"; });
    if (invite != asked_.end() && invite->rung) {
      cancelled_ = true;
      ask("CANCEL", target_, invite_cseq_, invite_branch_);
    } else {
      give_up_at_ = now() + 200;  // RFC 3261 9.1: not before a provisional answer
    }
  }
  if (due(offer_at_) && talks() && !leaving_) ask("INVITE", target_, ++cseq_);
  if (due(leave_at_) && talks()) bye();
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    auto& one = asked_[i];
    if (now() >= one.until && !(one.method == "INVITE" && one.rung)) {
      const auto gone = one;
      asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(i--));
      timed_out(gone);
      continue;
    }
    if (now() < one.next || (one.method == "INVITE" && one.rung)) continue;
    send_(one.text);
    one.wait = one.method == "INVITE" ? one.wait * 2 : std::min(one.wait * 2, t2);
    one.next = now() + one.wait;
  }
  if (answered_ && now() >= answered_->until) {
    const bool accepted = answered_->accepts;
    answered_.reset();
    if (accepted && !over_) bye();  // RFC 3261 13.3.1.4
    if (!accepted) over_ = true;
  } else if (answered_ && now() >= answered_->next) {
    send_(answered_->text);
    answered_->wait = std::min(answered_->wait * 2, t2);
    answered_->next = now() + answered_->wait;
  }
}

void agent::timed_out(const asking& what) {
  if (what.method == "CANCEL") return;
  // Nobody there: RFC 3261 12.2.1.2 ends the dialog.
  over_ = true;
}

void agent::bye() {
  if (leaving_ || over_) return;
  leaving_ = true;
  ask("BYE", target_, ++cseq_);
}

void agent::came_up() {
  up_ = talked_ = true;
  if (how_.offers != 0) offer_at_ = now() + how_.offers;
  if (how_.leaves != 0) leave_at_ = now() + how_.leaves;
}

void agent::receive(const message& in) {
  if (in.status() != 0)
    on_response(in);
  else
    on_request(in);
}

void agent::on_response(const message& in) {
  const int status = in.status();
  const auto method = in.method();
  if (method == "INVITE") return on_invite_answer(in, status);
  if (status < 200) return;
  const auto of = std::find_if(asked_.begin(), asked_.end(),
                               [&](const asking& one) { return one.method == method && one.branch == branch_of(in); });
  if (of == asked_.end()) return;
  asked_.erase(of);
  if (method == "BYE") {
    over_ = true;
    dismissed_ = status < 300;
  }
}

void agent::on_invite_answer(const message& in, int status) {
  const int cseq = cseq_of(in);
  const auto of = std::find_if(asked_.begin(), asked_.end(),
                               [&](const asking& one) { return one.method == "INVITE" && one.branch == branch_of(in); });
  if (status < 200) {
    if (of != asked_.end()) of->rung = true;
    return;
  }
  if (of != asked_.end()) asked_.erase(of);
  if (status >= 300) {
    acknowledge(in, cseq, branch_of(in));
    if (cseq == invite_cseq_ && caller_) {
      // RFC 3261 17.1.1.2: behind a 2xx there is no transaction that would hear it.
      if (!up_) over_ = dismissed_ = true;
    } else if (status == 481 || status == 408) {
      over_ = true;
    }
    return;
  }
  if (cseq == invite_cseq_ && caller_) {
    if (up_ && in.tag("to") != sip_test::parameter(remote_, ";tag"))
      broken_(fmt::format("{} was answered under two tags", state()));
    // Else it is no repetition to whoever compares, as SIPp does.
    if (ok_ && (ok_->headers != in.headers || ok_->body != in.body))
      broken_(fmt::format("{} was answered again in other words", state()));
    ok_ = in;
    remote_ = in.get("to");
    target_ = in.uri("contact");
  }
  if (!how_.never_acks) acknowledge(in, cseq, {});
  if (cseq != invite_cseq_ || !caller_) return;
  const bool first = !up_;
  if (first && !over_) came_up();
  if (over_) {
    // It had given up, and hears that it was answered after all.
    if (!leaving_) {
      over_ = false;
      up_ = true;
      bye();
    }
  } else if (cancelled_ && first) {
    bye();
  }
}

void agent::acknowledge(const message& answer, int cseq, const std::string& branch) {
  const std::string own = branch.empty() ? fmt::format("z9hG4bK-{}-ack{}", number_, cseq) : branch;
  send_(request("ACK", target_, cseq, own, answer.get("to"), {}));
}

void agent::say(const message& to, int status, const std::string& body) {
  const std::string contact = fmt::format("Contact: <sip:agent{}@127.0.0.1:{}>\r\n", number_, port_);
  const auto text = sip_test::peer_socket::response(to, status, own_tag_, contact, body);
  said_[branch_of(to) + to.method()] = text;
  send_(text);
}

void agent::answer_invite(const message& in, int status) {
  say(in, status, status < 300 ? sip_test::sdp : "");
  answered_ = answering{said_[branch_of(in) + "INVITE"], cseq_of(in), now() + t1, t1, now() + patience, status < 300};
  if (status >= 300 || in.tag("to") == own_tag_) return;
  came_up();
  if (how_.impatient) bye();
}

void agent::on_request(const message& in) {
  const auto method = in.method();
  if (method == "ACK") {
    if (!answered_ || answered_->cseq != cseq_of(in)) return;
    if (!answered_->accepts && in.tag("to") == own_tag_ && !up_) over_ = true;
    answered_.reset();
    return;
  }
  if (const auto said = said_.find(branch_of(in) + method); said != said_.end()) {
    // Again: its transaction answers as it did. A 2xx is repeated by us until the ACK.
    send_(said->second);
    return;
  }
  if (method == "CANCEL") {
    say(in, 200);
    if (!invite_ || branch_of(*invite_) != branch_of(in) || answered_ || up_ || over_) return;
    answer_at_ = 0;
    return answer_invite(*invite_, how_.answers_cancelled ? 200 : 487);
  }
  if (method == "INVITE" && in.tag("to").empty()) return on_invite(in);
  if (in.tag("to") != own_tag_) return say(in, 481);
  if (method == "BYE") {
    if (!how_.deaf) say(in, 200);
    over_ = true;
    return;
  }
  if (over_) return say(in, 481);
  if (method == "INVITE") {
    const bool glare = std::any_of(asked_.begin(), asked_.end(), [](const asking& one) { return one.method == "INVITE"; });
    return answer_invite(in, glare ? 491 : how_.refuses_offers ? 488 : 200);
  }
  say(in, method == "UPDATE" || method == "OPTIONS" || method == "INFO" ? 200 : 405);
}

void agent::on_invite(const message& in) {
  if (invite_ && branch_of(*invite_) == branch_of(in)) return;
  if (invite_) return broken_(fmt::format("{} was called by a second INVITE", state()));
  invite_ = in;
  const auto user = in.start.find("sip:") + 4;
  name_ = in.start.substr(user, in.start.find('@') - user);
  call_id_ = in.get("call-id");
  remote_ = in.get("from");
  local_ = in.get("to") + ";tag=" + own_tag_;
  target_ = in.uri("contact");
  invite_cseq_ = -1;
  if (how_.silent) return;
  ring_at_ = now() + how_.rings;
  answer_at_ = now() + std::max<milliseconds>(how_.answers, 1);
}

}  // namespace sip_sim
