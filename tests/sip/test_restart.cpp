// SPDX-License-Identifier: Apache-2.0
// The process is gone and another takes its place: what was told by `on_dialog_changed` is all that is left.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "house.hpp"

using namespace sip_test;
using std::chrono::milliseconds;

namespace {

int cseq_of(const message& m) { return std::stoi(m.get("cseq")); }

/// Restarts with this leg only.
void restart_with(house& h, leg_id leg) {
  h.until([] { return false; }, milliseconds(20));
  const auto saved = h.dialogs[leg.value];
  h.restart();
  CHECK_FALSE(h.stack->restore(leg, "rubbish"));
  CHECK_FALSE(h.stack->restore(leg, saved.substr(0, 30)));
  REQUIRE(h.stack->restore(leg, saved));
  CHECK_FALSE(h.stack->restore(leg, saved));
}

}  // namespace

TEST_CASE("after a restart an answered caller can hold, and hang up") {
  house h;
  peer_socket peer(h.port());
  auto call = call_in(h, peer, "900");
  establish(h, peer, call);
  const auto leg = h.calls.back().who.leg;
  restart_with(h, leg);
  peer.send(peer.request("INVITE", call.answered.uri("contact"), call.from, call.to, call.call_id, 2, "", sdp));
  CHECK(h.hears(fmt::format("{} reoffer", leg.value)));
  h.stack->answer_reoffer(leg, our_sdp);
  CHECK(h.next(peer, "200"));
  peer.send(peer.request("ACK", call.answered.uri("contact"), call.from, call.to, call.call_id, 2));
  peer.send(peer.request("BYE", call.answered.uri("contact"), call.from, call.to, call.call_id, 3));
  CHECK(h.next(peer, "200"));
  CHECK(h.hears(fmt::format("{} ended 0", leg.value)));
}

TEST_CASE("after a restart the house can end an answered call, by the route and with a CSeq that grew") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  h.stack->ring({leg_id{7}, device_id{9}, "1", "1001", "王小明", our_sdp});
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  peer.send(peer_socket::response(
      *invite, 200, "t",
      fmt::format("Record-Route: <sip:10.0.0.9;lr>, <sip:127.0.0.1:{};lr>\r\nContact: <sip:far@10.9.9.9;transport=UDP>\r\n",
                  peer.port()),
      sdp));
  CHECK(h.next(peer, "ACK"));
  CHECK(h.hears("7 answered"));
  restart_with(h, leg_id{7});
  h.stack->release(leg_id{7});
  const auto bye = h.next(peer, "BYE");
  REQUIRE(bye);
  CHECK(bye->start == "BYE sip:far@10.9.9.9;transport=UDP SIP/2.0");
  CHECK(bye->get("from") == invite->get("from"));
  CHECK(bye->tag("to") == "t");
  CHECK(bye->get("call-id") == invite->get("call-id"));
  CHECK(cseq_of(*bye) > cseq_of(*invite));
  const auto path = bye->get("route");
  CHECK(path.find(std::to_string(peer.port())) < path.find("10.0.0.9"));
  peer.send(peer_socket::response(*bye, 200, ""));
  CHECK(h.hears("7 released 200"));
}

TEST_CASE("a 200 whose ACK was lost in the crash is acknowledged by the next process") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  h.stack->ring({leg_id{7}, device_id{9}, "1", "", "", our_sdp});
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  const auto ok = peer_socket::response(*invite, 200, "t", "Contact: " + peer.contact() + "\r\n", sdp);
  peer.send(ok);
  CHECK(h.next(peer, "ACK"));
  restart_with(h, leg_id{7});
  peer.send(ok);
  CHECK(h.next(peer, "ACK"));
  CHECK(h.count("7 answered") == 0);
}

TEST_CASE("a caller who still rings after a restart is answered, and told so by the same dialog") {
  house h;
  peer_socket peer(h.port());
  auto call = call_in(h, peer, "900");
  const auto leg = h.calls.back().who.leg;
  h.stack->alert(leg);
  const auto ringing = h.next(peer, "180");
  REQUIRE(ringing);
  restart_with(h, leg);
  peer.send(call.invite);
  h.stack->answer(leg, our_sdp);
  const auto ok = h.next(peer, "200");
  REQUIRE(ok);
  CHECK(ok->get("to") == ringing->get("to"));
  CHECK(h.calls.size() == 1);
  peer.send(peer.request("ACK", ok->uri("contact"), call.from, ok->get("to"), call.call_id, 1));
  CHECK(h.hears(fmt::format("{} acknowledged", leg.value)));
  peer.send(peer.request("BYE", ok->uri("contact"), call.from, ok->get("to"), call.call_id, 2));
  CHECK(h.hears(fmt::format("{} ended 0", leg.value)));
}

TEST_CASE("killed before the log has that the caller was answered: the next process says the very same 200 again") {
  house h;
  peer_socket peer(h.port());
  for (const char* more : {"", "Supported: timer\r\nSession-Expires: 600\r\n", "Record-Route: <sip:10.0.0.9;lr>\r\n"}) {
    auto call = call_in(h, peer, "900", sdp, more);
    const auto leg = h.calls.back().who.leg;
    h.stack->alert(leg);
    CHECK(h.next(peer, "180"));
    h.until([] { return false; }, milliseconds(20));
    const auto saved = h.dialogs[leg.value];
    h.stack->answer(leg, our_sdp);
    const auto first = h.next(peer, "200");
    REQUIRE(first);
    h.restart();
    REQUIRE(h.stack->restore(leg, saved));
    h.stack->answer(leg, our_sdp);
    // The peer passes over what it has seen, so anything that comes would be another answer.
    CHECK_FALSE(h.next(peer, milliseconds(50)));
    // It may have been acknowledged already: the call is gone on with as the caller thinks that it is.
    peer.send(peer.request("BYE", first->uri("contact"), call.from, first->get("to"), call.call_id, 2));
    CHECK(h.next(peer, "200"));
    CHECK(h.hears(fmt::format("{} ended 0", leg.value)));
  }
}

TEST_CASE("a caller who still rings after a restart may give up, or be refused") {
  house h;
  peer_socket peer(h.port());
  auto call = call_in(h, peer, "900");
  auto leg = h.calls.back().who.leg;
  restart_with(h, leg);
  peer.send(peer.request("CANCEL", fmt::format("sip:900@127.0.0.1:{}", h.port()), call.from, call.to, call.call_id, 1));
  CHECK(h.next(peer, "487"));
  CHECK(h.hears(fmt::format("{} ended 487", leg.value)));
  call = call_in(h, peer, "900");
  leg = h.calls.back().who.leg;
  restart_with(h, leg);
  h.stack->release(leg, 486);
  CHECK(h.next(peer, "486"));
  CHECK(h.hears(fmt::format("{} released 486", leg.value)));
}

TEST_CASE("killed when the log has the INVITE and the network has not: the next process sends that very INVITE, once") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  h.dying = true;
  h.stack->ring({leg_id{7}, device_id{9}, "1", "1002", "Wang", our_sdp});
  REQUIRE(h.until([&] { return h.stack == nullptr; }));
  h.dying = false;
  const auto saved = h.dialogs[7];
  REQUIRE(!saved.empty());
  h.restart();
  REQUIRE(h.stack->restore(leg_id{7}, saved, our_sdp));
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  // What the process before would have sent, so that nobody is rung twice had it left.
  CHECK(saved.find("call-id " + invite->get("call-id")) != saved.npos);
  CHECK(saved.find("ltag " + invite->tag("from")) != saved.npos);
  CHECK(saved.find("branch " + invite->get("via").substr(invite->get("via").find("z9hG4bK"), 23)) != saved.npos);
  CHECK(cseq_of(*invite) == 1);
  CHECK(invite->body == our_sdp);
  peer.send(peer_socket::response(*invite, 200, "t", "Contact: " + peer.contact() + "\r\n", sdp));
  CHECK(h.next(peer, "ACK"));
  CHECK(h.hears("7 answered"));
  h.stack->release(leg_id{7});
  const auto bye = h.next(peer, "BYE");
  REQUIRE(bye);
  CHECK(cseq_of(*bye) > cseq_of(*invite));
}

TEST_CASE("whoever has the INVITE and is heard after a restart is not sent it again") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  h.stack->ring({leg_id{7}, device_id{9}, "1", "", "", our_sdp});
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  const auto saved = h.dialogs[7];
  h.restart();
  REQUIRE(h.stack->restore(leg_id{7}, saved, our_sdp));
  peer.send(peer_socket::response(*invite, 180, "t", "Contact: " + peer.contact() + "\r\n"));
  CHECK(h.hears("7 provisional 180"));
  CHECK_FALSE(h.next(peer, "INVITE", milliseconds(1500)));
  peer.send(peer_socket::response(*invite, 486, "t"));
  CHECK(h.hears("7 refused 486"));
}

TEST_CASE("a line let go before its INVITE left is over, and nobody hears of it") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  h.stack->ring({leg_id{7}, device_id{9}, "1", "", "", our_sdp});
  h.stack->release(leg_id{7});
  CHECK(h.hears("7 released 487"));
  CHECK_FALSE(h.next(peer, milliseconds(100)));
}

TEST_CASE("a phone that still rings after a restart can be cancelled") {
  house h;
  peer_socket phone(h.port());
  CHECK(h.enrol(phone, "1001", "Contact: <sip:1001@10.1.2.3>\r\nExpires: 60\r\n").status() == 200);
  h.stack->ring({leg_id{7}, device_id{1}, "", "1002", "Wang", our_sdp});
  const auto invite = h.next(phone, "INVITE");
  REQUIRE(invite);
  phone.send(peer_socket::response(*invite, 180, "t", "Contact: " + phone.contact() + "\r\n"));
  CHECK(h.hears("7 provisional 180"));
  restart_with(h, leg_id{7});
  h.stack->release(leg_id{7});
  const auto cancel = h.next(phone, "CANCEL");
  REQUIRE(cancel);
  CHECK(cancel->get("via") == invite->get("via"));
  CHECK(cancel->get("cseq") == fmt::format("{} CANCEL", cseq_of(*invite)));
  phone.send(peer_socket::response(*cancel, 200, "t"));
  phone.send(peer_socket::response(*invite, 487, "t"));
  CHECK(h.next(phone, "ACK"));
  CHECK(h.hears("7 released 487"));
}

TEST_CASE("a peer that knows nothing of the INVITE after a restart ends the wait by its answer to CANCEL") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  h.stack->ring({leg_id{7}, device_id{9}, "1", "", "", our_sdp});
  CHECK(h.next(peer, "INVITE"));
  restart_with(h, leg_id{7});
  h.stack->release(leg_id{7});
  const auto cancel = h.next(peer, "CANCEL");
  REQUIRE(cancel);
  peer.send(peer_socket::response(*cancel, 481, "t"));
  CHECK(h.hears("7 released 481"));
}

TEST_CASE("a phone that refuses, or rings on, after a restart") {
  house h;
  peer_socket peer(h.port());
  h.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=udp", peer.port()));
  h.stack->ring({leg_id{7}, device_id{9}, "1", "", "", our_sdp});
  const auto invite = h.next(peer, "INVITE");
  REQUIRE(invite);
  restart_with(h, leg_id{7});
  peer.send(peer_socket::response(*invite, 180, "t", "Contact: " + peer.contact() + "\r\n"));
  CHECK(h.hears("7 provisional 180"));
  peer.send(peer_socket::response(*invite, 486, "t"));
  CHECK(h.next(peer, "ACK"));
  CHECK(h.hears("7 refused 486"));
}

TEST_CASE("an unanswered leg over a connection is lost with it; an answered one goes on when the phone comes back") {
  house h;
  auto phone = std::make_unique<peer_socket>(h.port(), true);
  CHECK(h.enrol(*phone, "1001").status() == 200);
  h.stack->ring({leg_id{7}, device_id{1}, "", "", "", our_sdp});
  auto invite = h.next(*phone, "INVITE");
  REQUIRE(invite);
  h.until([&] { return h.dialogs.count(7) != 0; });
  const auto ringing = h.dialogs[7];
  phone->send(peer_socket::response(*invite, 200, "t", "Contact: " + phone->contact() + "\r\n", sdp));
  CHECK(h.next(*phone, "ACK"));
  CHECK(h.hears("7 answered"));
  const auto talking = h.dialogs[7];
  const auto bound = h.bindings[1];
  h.restart();
  CHECK_FALSE(h.stack->restore(leg_id{7}, ringing));
  CHECK(h.stack->restore(leg_id{7}, talking));
  CHECK(h.stack->restore_binding(device_id{1}, bound));
  phone = std::make_unique<peer_socket>(h.port(), true);
  CHECK(h.enrol(*phone, "1001").status() == 200);
  h.stack->release(leg_id{7});
  const auto bye = h.next(*phone, "BYE");
  REQUIRE(bye);
  phone->send(peer_socket::response(*bye, 200, ""));
  CHECK(h.hears("7 released 200"));
}
