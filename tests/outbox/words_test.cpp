// SPDX-License-Identifier: Apache-2.0
// What is written: templates, the forms of a message, what is signed, and what is wrong with an outbox.toml.
#include <doctest/doctest.h>
#include <fstream>
#include <outbox/hooks.hpp>
#include <outbox/settings.hpp>
#include <outbox/words.hpp>
#include <unistd.h>

namespace cordboard::outbox {
namespace {

fields wang() {
  fields out;
  out.set("name", "王\"芳\\");
  out.set("number", "0713-6281234");
  return out;
}

TEST_CASE("a field is put in, and cannot end the text that it stands in") {
  CHECK(filled("{name},您好", wang()) == "王\"芳\\,您好");
  CHECK(filled(R"({"to":"{number}","text":"{name}"})", wang(), escape::json) == R"({"to":"0713-6281234","text":"王\"芳\\"})");
  CHECK(filled("to={number}&text={name}", wang(), escape::form) == "to=0713-6281234&text=%E7%8E%8B%22%E8%8A%B3%5C");
  CHECK(filled("{nothing}{", wang()) == "{");
  CHECK(filled("{ }{A}{}", wang()) == "{ }{A}{}");
}

TEST_CASE("addresses and numbers are looked at before anything is sent there") {
  CHECK(is_mail_address("wang@hospital.example"));
  for (const char* bad : {"", "@", "a@", "@b", "a b@c", "a@b>", "a@b\r\nRCPT TO:<c@d>", "a@b@c", "a@b,c@d"})
    CHECK(!is_mail_address(bad));
  CHECK(is_telephone_number("+86 713-6281234"));
  for (const char* bad : {"", "-", "call me", "1;2", "12345678901234567890123456789012345"}) CHECK(!is_telephone_number(bad));
}

TEST_CASE("base64 as RFC 4648 has it, a mail as RFC 5322 wants it") {
  const std::pair<const char*, const char*> known[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : known) CHECK(base64(plain) == coded);
  const std::string mail = as_mail({"a@b.example", "c@d.example", "预约", "九点", "cordboard.7@b.example", 1'700'000'000});
  CHECK(mail.starts_with("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nFrom: <a@b.example>\r\nTo: <c@d.example>\r\n"));
  CHECK(mail.find("Subject: =?UTF-8?B?6aKE57qm?=\r\n") != std::string::npos);
  CHECK(mail.find("Message-ID: <cordboard.7@b.example>\r\n") != std::string::npos);
  CHECK(mail.ends_with("\r\n\r\n5Lmd54K5\r\n"));
  // No line of a long subject is longer than it may be, and no character is cut.
  std::string name;
  for (int i = 0; i < 60; ++i) name += "院";
  const std::string longer = as_mail({"a@b.example", "c@d.example", name, "x", "1@b.example", 0});
  for (std::size_t at = 0, end = 0; (end = longer.find("\r\n", at)) != std::string::npos; at = end + 2) CHECK(end - at <= 78);
}

TEST_CASE("an answer gives its field, and nothing that would be more than an id") {
  CHECK(field_of_answer(R"({"id": "m-17"})", "id") == "m-17");
  CHECK(field_of_answer(R"({"code":0,"id":4711})", "id") == "4711");
  CHECK(field_of_answer(R"({"other":1})", "id").empty());
  CHECK(field_of_answer(R"({"id":"../../x?y"})", "id").empty());
  CHECK(field_of_answer("", "id").empty());
}

TEST_CASE("a hook is signed as the Standard Webhooks say") {
  // printf "1.1700000000.{}" | openssl dgst -sha256 -hmac secret -binary | base64
  CHECK(signature("secret", "1", 1'700'000'000, "{}") == "v1,PgYwgCReYGi/nHIJstsSuGGjDNi/hpmSB4ghtTP1cA4=");
}

TEST_CASE("an event as a CloudEvent; texts as the hook may see them") {
  event e;
  e.sequence = 42;
  e.time_ns = 1'700'000'000'123'456'789;
  e.kind = event_kind::request_opened;
  e.request = request_id{7};
  const std::string said = R"({"no":"Y-2023-000001","name":"王芳","number":"07136281234","matter":"胃镜"})";
  const std::string body = cloud_event(e, said, "hospital");
  CHECK(body.starts_with(
      R"({"specversion":"1.0","id":"42","source":"hospital","type":"cordboard.request_opened",)"
      R"("time":"2023-11-14T22:13:20.123456789Z","subject":"request/7","datacontenttype":"application/json","data":{)"));
  hook_config hook;
  hook.texts = "none";
  CHECK(text_for(hook, e, said).empty());
  hook.texts = "masked";
  CHECK(text_for(hook, e, said) == R"({"no":"Y-2023-000001","name":"王*","number":"071****1234"})");
  hook.texts = "whole";
  CHECK(text_for(hook, e, said) == said);
  CHECK(wants(hook, event_kind::request_opened));
  CHECK(!wants(hook, event_kind::request_kind_configured));
  hook.events = {"call_cleared"};
  CHECK(!wants(hook, event_kind::request_opened));
  CHECK(wants(hook, event_kind::gap));
}

TEST_CASE("the example's outbox.toml is right") {
  const auto example = load_settings(std::string(CORDBOARD_SOURCE) + "/examples/hospital/outbox.toml");
  for (const auto& one : example.problems) FAIL_CHECK(one.line << ": " << one.key);
  CHECK(example.value.templates.size() == 4);
}

TEST_CASE("everything that is wrong with an outbox.toml is told at once, with its place") {
  char folder[] = "/tmp/cordboard-outbox-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string file = std::string(folder) + "/outbox.toml";
  const auto problems = [&](const std::string& text) {
    std::ofstream(file) << text;
    std::string all;
    for (const auto& one : load_settings(file).problems) all += std::to_string(one.line) + ":" + one.key + " ";
    return all;
  };
  const std::string whole = "[outbox]\nstate = \"" + std::string(folder) + "\"\n";
  CHECK(problems(whole + "file = \"/tmp/x\"\n[[template]]\nname = \"a\"\ntext = \"x\"\n").empty());
  CHECK(problems("") == "0:outbox ");
  CHECK(problems(whole + "colour = 1\n") == "3:outbox.colour ");
  CHECK(problems(whole + "[sms]\nurl = \"ftp://x.example\"\n") == "4:sms.url ");
  CHECK(problems(whole + "[mail]\nserver = \"smtp://x.example\"\nfrom = \"nobody\"\n") == "5:mail.from ");
  CHECK(problems(whole + "[[template]]\nname = \"a\"\nway = \"mail\"\ntext = \"x\"\n") == "5:template.way ");
  CHECK(problems(whole + "[[template]]\nname = \"a\"\non = \"never\"\ntext = \"x\"\n").find("5:template.on ") !=
        std::string::npos);
  CHECK(problems(whole + "[[hook]]\nname = \"h\"\nurl = \"https://h.example\"\nevents = [\"no_event\"]\n") == "6:hook.events ");
  CHECK(
      problems(whole +
               "[[hook]]\nname = \"h\"\nurl = \"https://h.example\"\n[[hook]]\nname = \"h\"\nurl = \"https://h.example\"\n") ==
      "7:hook.name ");
  ::unlink(file.c_str());
  ::rmdir(folder);
}

}  // namespace
}  // namespace cordboard::outbox
