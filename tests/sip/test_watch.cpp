// SPDX-License-Identifier: Apache-2.0
// Who sees what a phone does (RFC 4235): phones that watch phones of the house, and extensions of another exchange that we watch.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <random>
#include <sip/dialog_info.hpp>
#include "house.hpp"

using namespace sip_test;
using std::chrono::seconds;

namespace {

constexpr const char* wanted = "Event: dialog\r\nAccept: application/dialog-info+xml\r\n";

struct lamp {
  house& h;
  peer_socket& phone;
  std::string number, call_id = "watch-1", to_tag{};
  int cseq = 1;

  message ask(const std::string& whom, const std::string& extra = std::string(wanted) + "Expires: 600\r\n") {
    const std::string uri = fmt::format("sip:{}@127.0.0.1", whom);
    const std::string from = fmt::format("<sip:{}@127.0.0.1>;tag=w", number);
    const std::string to = "<" + uri + ">" + (to_tag.empty() ? "" : ";tag=" + to_tag);
    const std::string target = to_tag.empty() ? uri : h.uri();
    phone.send(phone.request("SUBSCRIBE", target, from, to, call_id, cseq++, extra));
    auto answer = *h.next(phone);
    if (answer.status() == 401) {
      const auto proof = authorize(answer.get("www-authenticate"), "SUBSCRIBE", target, number, "secret");
      phone.send(phone.request("SUBSCRIBE", target, from, to, call_id, cseq++, extra + proof));
      answer = *h.next(phone);
    }
    if (answer.status() == 200) to_tag = answer.tag("to");
    return answer;
  }
  message told(int status = 200) {
    const auto notify = h.next(phone, "NOTIFY");
    REQUIRE(notify);
    phone.send(peer_socket::response(*notify, status, ""));
    return *notify;
  }
};

void may_watch(house& h, std::vector<std::string> whom) {
  h.devices[0].watches = std::move(whom);
  h.stack->configure(h.devices, h.device_ids);
}

}  // namespace

TEST_CASE("a phone that may watch another one sees it ring, talk and hang up") {
  house h;
  peer_socket phone(h.port());
  REQUIRE(h.enrol(phone, "1001").status() == 200);
  may_watch(h, {"1002"});
  lamp one{h, phone, "1001"};
  const auto granted = one.ask("1002");
  CHECK(granted.status() == 200);
  CHECK(granted.get("expires") == "600");
  auto first = one.told();
  CHECK(first.get("event") == "dialog");
  CHECK(first.get("subscription-state").starts_with("active;expires="));
  CHECK(first.get("content-type") == "application/dialog-info+xml");
  CHECK(first.body.find("version=\"0\" state=\"full\"") != std::string::npos);
  CHECK(first.body.find("<dialog ") == std::string::npos);
  h.talks[2] = {{7, true, false}};
  CHECK(h.stack->is_watched(device_id{2}));
  CHECK(!h.stack->is_watched(device_id{3}));
  h.stack->tell_watchers(device_id{2});
  const auto rings = one.told();
  CHECK(rings.body.find("version=\"1\"") != std::string::npos);
  CHECK(rings.body.find("<dialog id=\"7\" direction=\"recipient\"><state>early</state></dialog>") != std::string::npos);
  // Two changes while a NOTIFY is under way are one NOTIFY, with the newest state.
  h.talks[2] = {{7, true, true}};
  h.stack->tell_watchers(device_id{2});
  const auto talks = h.next(phone, "NOTIFY");
  REQUIRE(talks);
  CHECK(talks->body.find("<state>confirmed</state>") != std::string::npos);
  h.stack->tell_watchers(device_id{2});
  h.talks.clear();
  h.stack->tell_watchers(device_id{2});
  phone.send(peer_socket::response(*talks, 200, ""));
  CHECK(one.told().body.find("<dialog ") == std::string::npos);
  // A refresh, and the end.
  CHECK(one.ask("1002", std::string(wanted) + "Expires: 60\r\n").get("expires") == "60");
  one.told();
  CHECK(one.ask("1002", std::string(wanted) + "Expires: 0\r\n").status() == 200);
  CHECK(one.told().get("subscription-state").starts_with("terminated"));
  CHECK(h.until([&] { return !h.stack->is_watched(device_id{2}); }));
}

TEST_CASE("S9: by default nobody sees what another phone does, and the refusal is on record") {
  house h;
  peer_socket phone(h.port());
  REQUIRE(h.enrol(phone, "1001").status() == 200);
  lamp one{h, phone, "1001"};
  CHECK(one.ask("1002").status() == 403);
  CHECK(h.hears("watch refused 1 1002 403"));
  lamp nobody{h, phone, "1001", "watch-2"};
  CHECK(nobody.ask("4711").status() == 403);  // looks the same as one that is there
  lamp own{h, phone, "1001", "watch-3"};
  CHECK(own.ask("1001").status() == 200);
  own.told();
  // What was allowed and is no more ends.
  may_watch(h, {"*"});
  lamp all{h, phone, "1001", "watch-4"};
  CHECK(all.ask("1003").status() == 200);
  all.told();
  may_watch(h, {});
  const auto ended = all.told();
  CHECK(ended.get("subscription-state") == "terminated;reason=rejected");
  // A stranger proves nothing, and an exchange has no business with it.
  peer_socket stranger(h.port());
  stranger.send(
      stranger.request("SUBSCRIBE", "sip:1002@127.0.0.1", "<sip:x@y>;tag=a", "<sip:1002@127.0.0.1>", "s-1", 1, wanted));
  CHECK(h.next(stranger)->status() == 401);
}

TEST_CASE("what is no subscription to dialogs is refused with what we take") {
  house h;
  peer_socket phone(h.port());
  REQUIRE(h.enrol(phone, "1001").status() == 200);
  may_watch(h, {"*"});
  const auto ask = [&](const std::string& extra) {
    static int number = 0;
    lamp one{h, phone, "1001", fmt::format("bad-{}", ++number)};
    return one.ask("1002", extra);
  };
  CHECK(ask("Event: message-summary\r\n").status() == 489);
  CHECK(ask("Event: presence\r\n").get("allow-events") == "dialog");
  CHECK(ask("").status() == 489);
  CHECK(ask("Event: dialog\r\nAccept: application/pidf+xml\r\n").status() == 406);
  CHECK(ask("Event: dialog\r\nExpires: 5\r\n").get("min-expires") == "30");
  CHECK(!h.stack->is_watched(device_id{2}));
}

TEST_CASE("who does not take a NOTIFY is told nothing more") {
  house h;
  peer_socket phone(h.port());
  REQUIRE(h.enrol(phone, "1001").status() == 200);
  may_watch(h, {"*"});
  lamp one{h, phone, "1001"};
  REQUIRE(one.ask("1002").status() == 200);
  one.told(481);
  CHECK(h.until([&] { return !h.stack->is_watched(device_id{2}); }));
  CHECK(one.ask("1002", std::string(wanted) + "Expires: 60\r\n").status() == 481);
}

TEST_CASE("extensions of the exchange behind a trunk are watched, with its challenge, and told as they change") {
  house h;
  peer_socket pbx(h.port());
  auto& line = h.devices.back();
  line.targets = {fmt::format("sip:127.0.0.1:{};transport=udp", pbx.port())};
  line.trunk.user = "hospital";
  line.trunk.domain = "pbx.example";
  line.password = "pbx-secret";
  line.watches = {"2001"};
  h.stack->configure(h.devices, h.device_ids);
  const auto first = h.next(pbx, "SUBSCRIBE");
  REQUIRE(first);
  CHECK(first->start == "SUBSCRIBE sip:2001@pbx.example SIP/2.0");
  CHECK(first->get("event") == "dialog");
  CHECK(first->get("accept") == "application/dialog-info+xml");
  pbx.send(peer_socket::response(*first, 401, "p", "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n\", qop=\"auth\"\r\n"));
  const auto second = h.next(pbx, "SUBSCRIBE");
  REQUIRE(second);
  CHECK(second->get("authorization").find("username=\"hospital\"") != std::string::npos);
  pbx.send(peer_socket::response(*second, 200, "p", "Expires: 600\r\nContact: " + pbx.contact() + "\r\n"));
  int cseq = 0, version = 0;
  const auto notify = [&](const std::string& dialogs, const std::string& state = "active;expires=500") {
    const std::string body = fmt::format(
        "<?xml version='1.0'?>\n<!-- a < b -->\n<d:dialog-info xmlns:d='urn:ietf:params:xml:ns:dialog-info' version='{}' "
        "state='full' entity='sip:2001@pbx.example'>{}</d:dialog-info>",
        version++, dialogs);
    std::string text =
        pbx.request("NOTIFY", first->uri("contact"), "<sip:2001@pbx.example>;tag=p", first->get("from"), first->get("call-id"),
                    ++cseq, "Event: dialog\r\nSubscription-State: " + state + "\r\n", body);
    text.replace(text.find("application/sdp"), 15, "application/dialog-info+xml");
    pbx.send(text);
    return h.next(pbx, "200").has_value();
  };
  CHECK(notify(""));
  CHECK(h.hears("presence 9 2001 1"));
  CHECK(notify("<d:dialog id='a' direction='recipient'><d:state>early</d:state></d:dialog>"));
  CHECK(h.hears("presence 9 2001 2"));
  CHECK(
      notify("<d:dialog id='a'><d:state event='x'> confirmed </d:state></d:dialog>"
             "<d:dialog id='b'><d:state>terminated</d:state></d:dialog>"));
  CHECK(h.hears("presence 9 2001 3"));
  CHECK(notify("", "terminated;reason=deactivated"));
  CHECK(h.hears("presence 9 2001 0"));
}

TEST_CASE("a document is read as far as it means something, and nothing of it is believed that came too late") {
  using cordboard::sip::watched_state;
  const auto document = [](int version, const char* state, const std::string& inside) {
    return fmt::format("<dialog-info version=\"{}\" state=\"{}\">{}</dialog-info>", version, state, inside);
  };
  const std::string rings = "<dialog id=\"1\"><state>early</state></dialog>",
                    over = "<dialog id=\"1\"><state>terminated</state></dialog>",
                    talks = "<dialog id=\"2\"><state>confirmed</state></dialog>";
  watched_state one;
  CHECK(one.now() == presence_state::unknown);
  CHECK(!one.take(document(0, "partial", rings)));  // a part of what nobody told us
  CHECK(one.take(document(3, "full", rings)));
  CHECK(one.now() == presence_state::ringing);
  CHECK(!one.take(document(3, "full", "")));
  CHECK(one.take(document(4, "partial", talks)));
  CHECK(one.now() == presence_state::busy);
  CHECK(!one.take(document(6, "partial", over)));  // one is missing
  CHECK(one.take(document(5, "partial", over)));
  CHECK(one.now() == presence_state::busy);
  CHECK(one.take(document(9, "full", "<dialog id=\"2\"/>")));
  CHECK(one.now() == presence_state::idle);
  CHECK(!one.take("<presence/>"));
  CHECK(!one.take(std::string(100000, '<')));
  // Whatever it is made of, it is read to its end and no further.
  std::mt19937 random(7);
  const std::string good = document(10, "full", rings + talks);
  for (int i = 0; i < 20000; ++i) {
    std::string bad = good.substr(0, random() % (good.size() + 1));
    for (int flips = static_cast<int>(random() % 4); flips > 0 && !bad.empty(); --flips)
      bad[random() % bad.size()] = static_cast<char>(random());
    watched_state any;
    any.take(bad);
    (void)any.now();
  }
  // What we write is what we read.
  const auto ours = sip::write_dialog_info("sip:8001@h", 2, {{17, true, false}, {18, false, true}});
  watched_state back;
  CHECK(back.take(ours));
  CHECK(back.now() == presence_state::busy);
}
