// SPDX-License-Identifier: Apache-2.0
// Broken configurations: each names the place and the expectation.
#include <cordboard/config_file.hpp>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace cordboard;

namespace {

std::vector<std::string> told(std::string_view text, language tongue = language::en) {
  std::vector<std::string> lines;
  for (const auto& p : read_config(text, "/nowhere").problems) lines.push_back(describe(p, "h.toml", tongue));
  return lines;
}
using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("an unknown key is told with the key that was meant") {
  CHECK(told("[sip]\nadress = \"127.0.0.1\"\n") ==
        lines{"h.toml:2:1: sip.adress: found a key that is not known; expected one of address, port, udp, tcp, tls, tls_port, "
              "certificate, private_key, ca_file, connection_idle, realm, expires_min, "
              "expires_max, session_expires, session_min, calls_per_second, phone_calls_per_second, failures_max, ban, "
              "resolver; did you "
              "mean \"address\"?"});
  CHECK(told("[sip]\nadress = \"127.0.0.1\"\n", language::zh) ==
        lines{"h.toml:2:1: sip.adress: 发现 未知的键;应为 下列之一:address, port, udp, tcp, tls, tls_port, certificate, "
              "private_key, ca_file, connection_idle, realm, expires_min, "
              "expires_max, session_expires, session_min, calls_per_second, phone_calls_per_second, failures_max, "
              "ban, resolver;是否指“address”?"});
}

TEST_CASE("an unknown table is told with the table that was meant") {
  CHECK(told("[[phones]]\nnumber = \"1\"\n") ==
        lines{"h.toml:1:3: phones: found a key that is not known; expected one of "
              "board, log, store, sip, media, policy, phone, trunk, "
              "department, operator, queue, hours, dialogue, reason, class, code_call, "
              "request_kind, health, check, phone_codes, call_reason, role, user; did you mean \"phone\"?"});
}

TEST_CASE("a wrong type is told") {
  CHECK(told("[sip]\nport = \"5060\"\nudp = 1\n") ==
        lines{"h.toml:2:8: sip.port: found \"5060\"; expected a whole number from 0 to 65535",
              "h.toml:3:7: sip.udp: found 1; expected true or false"});
  CHECK(told("[[phone]]\nnumber = 1001\nname = \"n\"\npassword = \"p\"\n") ==
        lines{"h.toml:2:10: phone.number: found 1001; expected 1 to 32 letters, digits or *#+._- in quotes, such as \"1001\""});
}

TEST_CASE("a value out of its range is told with the range") {
  CHECK(told("[sip]\nport = 70000\n") == lines{"h.toml:2:8: sip.port: found 70000; expected a whole number from 0 to 65535"});
  CHECK(told("[policy]\nhold_limit = \"2s\"\n") == lines{"h.toml:2:14: policy.hold_limit: found \"2s\"; expected a duration "
                                                         "from 5s to 1h, such as \"500ms\", \"20s\", \"3min\" or \"1h\""});
  CHECK(
      told(
          "[policy]\nhold_limit = \"20 sec\"\nrecall_ring = \"99999999999999999999h\"\nmove_limit = \"9223372036854775807h\"\n")
          .size() == 3);
  CHECK(told("[log]\nhot_bytes_max = \"1MiB\"\n") ==
        lines{"h.toml:2:17: log.hot_bytes_max: found \"1MiB\"; expected a size from 128MiB to 1024GiB, such as \"256MiB\""});
}

TEST_CASE("a stop list names line and column of what is wrong in it, and its numbers have one form") {
  const std::string path = "/tmp/cordboard-stop-list-" + std::to_string(getpid()) + ".csv";
  const auto read = [&](const std::string& text) {
    std::ofstream(path) << text;
    auto all = read_config("[policy]\nstop_list = \"" + path + "\"\n", "/nowhere");
    std::filesystem::remove(path);
    return all;
  };
  const auto good =
      read("\xEF\xBB\xBFreason,number,until\n\"asked, twice\",138-0013 8000,\n本人要求,+86 139 0013 9000,2026-12-31\n");
  CHECK(good.problems.empty());
  CHECK(good.value.house.stop_list == std::vector<stopped_number>{{"+8613800138000", 0}, {"+8613900139000", 20818}});
  CHECK(read("number\n0713-6281234\n").value.house.stop_list.size() == 1);
  for (const auto& [text, what] : std::vector<std::pair<std::string, std::string>>{
           {"number,until\n13800138000,2026-02-30\n", "2:13: \"2026-02-30\""},
           {"number,until\n13800138000,2026-02-01..2026-02-03\n", "2:13: \"2026-02-01..2026-02-03\""},
           {"number,until\nnobody,\n", "2:1: \"nobody\""},
           {"numbers\n13800138000\n", "1:1: \"numbers\""},
           {"until\n2026-02-03\n", "1:1: no column number"},
           {"number,until\n13800138000\n", "2:1: 1 cells under 2 columns"},
           {"number\n\"13800138000\n", "2:1: a quote that is never closed"},
           {"", "which has no header: number,until,reason"}}) {
    const auto wrong = read(text);
    REQUIRE(wrong.problems.size() == 1);
    CHECK(wrong.problems[0].found.en == "\"" + path + "\", " + what);
  }
  CHECK(told("[policy]\nstop_list = \"there-is-none.csv\"\n").front().find("which cannot be read") != std::string::npos);
}

TEST_CASE("two of the same number are told with both places") {
  CHECK(told("[[phone]]\nnumber = \"1\"\nname = \"a\"\npassword = \"p\"\n[[department]]\nnumber = \"1\"\nname = "
             "\"b\"\npassword = \"p\"\n") ==
        lines{"h.toml:6:1: department.number: found \"1\", which [[phone]] in line 2 has; expected a number of its own"});
}

TEST_CASE("references to what is not there are told") {
  CHECK(told(R"([[phone]]
number = "1001"
name = "a"
password = "p"
[[operator]]
name = "Zhang Min"
phone = "1003"
[[queue]]
number = "9000"
name = "q"
operators = ["Zhang Ming"]
supervisor = "77"
)") == lines{"h.toml:7:1: operator.phone: found \"1003\"; expected the number of a [[phone]]; did you mean \"1001\"?",
             "h.toml:11:1: queue.operators: found \"Zhang Ming\"; expected names of [[operator]]s; did you mean \"Zhang Min\"?",
             "h.toml:12:1: queue.supervisor: found \"77\"; expected the number of a [[phone]]"});
}

TEST_CASE("addresses are told that are none") {
  CHECK(told("[sip]\naddress = \"127.0.0.256\"\n") ==
        lines{"h.toml:2:11: sip.address: found \"127.0.0.256\"; expected an IP address, such as \"192.168.1.10\""});
  CHECK(told("[[trunk]]\nname = \"t\"\naddresses = [\"10.0.0.1:5060\", \"[::1]:99999\"]\ntarget = \"sip:10.0.0.1:0\"\n") ==
        lines{"h.toml:3:13: trunk.addresses: found \"[::1]:99999\" in the list; expected a list of 1 to 32 IP addresses, each "
              "with or without a "
              "port from 1 to 65535, such as [\"192.168.1.20\", \"192.168.1.21:5060\"]",
              "h.toml:4:10: trunk.target: found \"sip:10.0.0.1:0\"; expected \"sip:HOST:PORT;transport=udp\", with a port from "
              "1 to 65535, or "
              "tcp, or tls, or without them"});
}

TEST_CASE("voice ports that cannot be used are told") {
  CHECK(told("[media]\nport_min = 16385\nport_max = 16386\n") ==
        lines{"h.toml:2:1: media.port_min: found 16385; expected an even port",
              "h.toml:3:1: media.port_max: found 16385-16386; expected at least four ports"});
  const auto ephemeral = told("[media]\nport_min = 40000\nport_max = 40999\n");
  REQUIRE(ephemeral.size() == 1);
  CHECK(ephemeral[0].starts_with(
      "h.toml:2:1: media.port_min: found 40000-40999; expected ports outside the kernel's ephemeral ones, "));
  CHECK(told("[sip]\nport = 16400\n") ==
        lines{"h.toml:2:1: sip.port: found 16400; expected a port outside the voice ports 16384-24575"});
}

TEST_CASE("a file that is not UTF-8 is told at its first wrong byte") {
  CHECK(told("[board]\n# 总\xFF\n") == lines{"h.toml:2:4: found the byte 0xff, which is not UTF-8; expected UTF-8 text"});
}

TEST_CASE("what is not TOML is told where the parser stopped") {
  const auto syntax = told("[board]\nrun = \n");
  REQUIRE(syntax.size() == 1);
  CHECK(syntax[0].starts_with("h.toml:2:"));
  CHECK(syntax[0].find("not TOML") != std::string::npos);
  const auto twice = told("[sip]\nport = 1\nport = 2\n");
  REQUIRE(twice.size() == 1);
  CHECK(twice[0].starts_with("h.toml:3:"));
}

TEST_CASE("a missing key is told with what it takes") {
  CHECK(told("[[queue]]\nnumber = \"9000\"\noperators = []\n") ==
        lines{"h.toml:1:1: queue.name: found nothing; expected a text of 1 to 64 characters without control characters",
              "h.toml:3:13: queue.operators: found a list of 0; expected a list of 1 to 1000 names"});
  CHECK(told("[[phone]]\nnumber = \"1\"\nname = \"n\"\n") ==
        lines{"h.toml:1:1: phone.password: found nothing; expected one of password and password_file"});
}

TEST_CASE("a table in the wrong form is told") {
  CHECK(told("[phone]\nnumber = \"1\"\n") == lines{"h.toml:1:1: phone: found a table; expected tables [[phone]]"});
  CHECK(told("sip = 3\n") == lines{"h.toml:1:7: sip: found 3; expected a table [sip]"});
}

TEST_CASE("users and roles that do not exist are told") {
  CHECK(told("[[user]]\nname = \"u\"\nunix_user = \"no-such-user-here\"\nroles = [\"boss\"]\n") ==
        lines{"h.toml:3:13: user.unix_user: found \"no-such-user-here\", whom this machine does not know; expected a user of "
              "this machine, or "
              "\"@self\"",
              "h.toml:4:1: user.roles: found \"boss\"; expected \"operator\", \"supervisor\", \"auditor\", \"administrator\", "
              "\"records\", \"gateway\", or the name of a [[role]]"});
  CHECK(told("[[user]]\nname = \"u\"\nroles = [\"operator\"]\n").empty());
  CHECK(
      told("[[user]]\nname = \"u\"\nuid = 1\nunix_user = \"@self\"\nroles = [\"operator\"]\n") ==
      lines{"h.toml:4:1: user.unix_user: found uid beside it; expected one of uid and unix_user, or neither for who logs on at "
            "the gateway alone"});
  CHECK(told("[[user]]\nname = \"u\"\nuid = 1\nroles = [\"operator\"]\n[[user]]\nname = \"v\"\nuid = 1\nroles = "
             "[\"operator\"]\n") ==
        lines{"h.toml:7:1: user.uid: found uid 1, as in line 1; expected one [[user]] for each uid"});
}

TEST_CASE("S9 what of roles and classes of service does not fit is told") {
  CHECK(told(R"([[role]]
name = "operator"
rights = ["control"]
commands = ["hold", "fly"]
queues = ["9000"]
[[role]]
name = "clerk"
rights = ["control"]
commands = ["hold"]
[[user]]
name = "u"
uid = 1
roles = ["clerk", "auditor"]
operator = "nobody"
[[class]]
name = "desk"
outside = ["0", "one"]
[[phone]]
number = "1"
name = "n"
password = "p"
class = "dest"
[policy]
emergency_numbers = ["120", "fire"]
)") == lines{
           "h.toml:2:1: role.name: found \"operator\"; expected a name that is none of ours",
           "h.toml:4:1: role.commands: found \"fly\"; expected names of commands, such as \"hold\"",
           "h.toml:5:1: role.queues: found \"9000\"; expected the number of a [[queue]]",
           "h.toml:13:1: user.roles: found a role that limits beside one that does not; expected roles that all list commands, "
           "queues or departments, or none that does",
           "h.toml:14:1: user.operator: found \"nobody\"; expected the name of an [[operator]]",
           "h.toml:17:1: class.outside: found \"one\"; expected the beginning of a number: digits, +, * and #, or \"*\"",
           "h.toml:22:1: phone.class: found \"dest\"; expected the name of a [[class]]",
           "h.toml:24:1: policy.emergency_numbers: found \"fire\"; expected outside numbers"});
}

TEST_CASE("S5 a plan for emergencies that nobody could carry out is told") {
  CHECK(told(R"([[code_call]]
number = "9911"
name = "Code blue"
steps = ["8001 nobody", "120", "8001"]
enough = 9
message = ["code_blue"]
line = "9000"
)") == lines{"h.toml:4:1: code_call.steps: found \"nobody\"; expected numbers of phones and departments, or outside numbers",
             "h.toml:4:1: code_call.steps: found \"8001\" twice; expected each number once",
             "h.toml:5:1: code_call.enough: found 9; expected at most the 3 who are called",
             "h.toml:6:1: code_call.message: found prompts without media.prompts; expected the folder where they are",
             "h.toml:7:1: code_call.line: found \"9000\"; expected the number of a [[queue]] of class emergency"});
}

TEST_CASE("S8 what of equipment and checks does not fit is told") {
  CHECK(told(R"([health]
fault_kind = "fault"
test_every = "30s"
[[check]]
name = "ups"
owner = "nobody"
[[check]]
name = "ups"
every = "24h"
owner = "8001"
[[trunk]]
name = "line"
addresses = ["192.0.2.1"]
self_test = true
[[department]]
number = "8001"
name = "n"
password = "p"
desk = "8001"
watches = ["8001", "4711"]
)") == lines{"h.toml:2:1: health.fault_kind: found \"fault\"; expected the name of a [[request_kind]]",
             "h.toml:3:1: health.test_every: found 30s; expected 0s, or 1min and more",
             "h.toml:6:1: check.owner: found \"nobody\"; expected the name of an [[operator]], or the number of a phone or "
             "department",
             "h.toml:8:1: check.name: found ups, as in line 5; expected one of its own",
             "h.toml:14:1: trunk.self_test: found true without test_number or target; expected a number that answers, and a "
             "target to call it by",
             "h.toml:19:1: department.desk: found \"8001\"; expected the number of another phone or department",
             "h.toml:20:1: department.watches: found \"4711\"; expected numbers of phones and departments, or \"*\""});
}

TEST_CASE("S9 a code that phones could dial by mistake, or beside a number of the house, is told") {
  CHECK(told(R"([phone_codes]
log_on = "11"
log_off = "*1"
ready = "*12"
park = "*9"
[[phone]]
number = "*900"
name = "n"
password = "p"
[[call_reason]]
number = 1
name = "a"
[[call_reason]]
number = 1
name = "b"
)") == lines{"h.toml:2:1: phone_codes.log_on: found \"11\"; expected * or #, then digits, * or #, such as \"*11\"",
             "h.toml:3:1: phone_codes.log_off: found \"*1\", with which ready begins; expected a code with which no other one "
             "begins",
             "h.toml:5:1: phone_codes.park: found \"*9\", with which number *900 of [[phone]] begins; expected a code with "
             "which no number of the house begins",
             "h.toml:14:1: call_reason.number: found 1, as in line 11; expected one of its own"});
}

TEST_CASE("a secret is never told, whatever is wrong with it or beside it") {
  const std::string secret = "hunter2";
  const std::vector<std::string> broken{
      "[[phone]]\nnumber = \"1\"\nname = \"n\"\npassword = \"" + secret + "\\u0007\"\n",
      "[[phone]]\nnumber = \"1\"\nname = \"n\"\npassword = [\"" + secret + "\"]\n",
      "[[phone]]\nnumber = \"1\"\nname = \"n\"\npassword = " + secret + "\n",
      "[[phone]]\nnumber = \"1\"\nname = \"n\"\npassword = \"" + secret + "\" x\n",
      "[[phone]]\nnumber = \"1\"\nname = \"n\"\npassword = \"" + secret + "\npassword_file = \"x\"\n",
  };
  for (const auto& text : broken) {
    const auto problems = told(text);
    CHECK_FALSE(problems.empty());
    for (const auto& line : problems) CHECK_MESSAGE(line.find(secret) == std::string::npos, line);
  }
}

TEST_CASE("all problems are told at once, in the order of the file") {
  const auto problems = told(R"([sip]
port = -1
[policy]
calls_max = 0
ring = "5s"
[[phone]]
number = "1 001"
name = ""
password = ""
ring = "10min"
)");
  const std::vector<std::string> starts{
      "h.toml:2:8: sip.port:",   "h.toml:4:13: policy.calls_max:", "h.toml:5:1: policy.ring:", "h.toml:7:10: phone.number:",
      "h.toml:8:8: phone.name:", "h.toml:9:12: phone.password:",   "h.toml:10:8: phone.ring:"};
  REQUIRE(problems.size() == starts.size());
  for (std::size_t i = 0; i < problems.size(); ++i) CHECK(problems[i].starts_with(starts[i]));
}

TEST_CASE("files that cannot be read are told") {
  const auto missing = load_config("/nowhere/at/all.toml");
  REQUIRE(missing.problems.size() == 1);
  CHECK(describe(missing.problems[0], "all.toml", language::en) ==
        "all.toml: found a file that cannot be read: No such file or directory; expected a TOML file");
  CHECK(load_config("/tmp").problems.size() == 1);
  CHECK(load_config("/dev/zero").problems.size() == 1);
}

TEST_CASE("what TLS needs is told") {
  CHECK(told("[sip]\ntls = true\n") == lines{"h.toml:2:1: sip.certificate: found nothing, but tls = true; expected a file",
                                             "h.toml:2:1: sip.private_key: found nothing, but tls = true; expected a file"});
  CHECK(
      told("[sip]\ncertificate = \"/nowhere/c.pem\"\n") ==
      lines{
          "h.toml:2:15: sip.certificate: found \"/nowhere/c.pem\", which does not exist; expected the path of a file that can "
          "be read"});
  CHECK(
      told("[sip]\nprivate_key = \"/proc/version\"\n") ==
      lines{
          "h.toml:2:15: sip.private_key: found \"/proc/version\", which others may read; expected the path of a file that only "
          "its owner may read (mode 0600 or 0400)"});
  CHECK(
      told("[[trunk]]\nname = \"t\"\naddresses = [\"10.0.0.1\"]\ntarget = \"sip:10.0.0.1:5061;transport=tls\"\n") ==
      lines{
          "h.toml:4:1: trunk.target: found \"sip:10.0.0.1:5061;transport=tls\"; expected sip.tls = true and sip.ca_file, which "
          "says whose certificates count"});
}

TEST_CASE("what of a trunk depends on something else is told") {
  const std::string head = "[[trunk]]\nname = \"t\"\naddresses = [\"10.0.0.1\"]\n";
  CHECK(told(head + "target = \"sip:10.0.0.1\"\ntargets = [\"sip:10.0.0.2\"]\n") ==
        lines{"h.toml:5:1: trunk.targets: found target beside it; expected one of target and targets"});
  CHECK(told(head + "target = \"sip:10.0.0.1\"\nregister = true\n") ==
        lines{"h.toml:5:1: trunk.register: found true without user; expected an account to register with"});
  CHECK(told(head + "user = \"u\"\nregister = true\n") ==
        lines{"h.toml:5:1: trunk.register: found true without target, targets or registrars; expected where to"});
  CHECK(told(head + "password = \"hush\"\n") ==
        lines{"h.toml:1:1: trunk.user: found nothing, but a password; expected the account that it belongs to"});
  CHECK(told(head + "targets = [\"sip:10.0.0.1\", \"tel:5\"]\n") ==
        lines{"h.toml:4:11: trunk.targets: found \"tel:5\" in the list; expected a list of 1 to 8 texts like "
              "\"sip:HOST:PORT;transport=udp\""});
  CHECK(told(head + "domain = \"a b\"\n") ==
        lines{"h.toml:4:10: trunk.domain: found \"a b\"; expected a host name or an IP address, with a port or without"});
  CHECK(told(head + "user = \"u\"\npassword = \"p\"\npassword_file = \"/nowhere/x\"\n").size() == 2);
  // A secret is not shown, whatever is wrong with it.
  for (const auto& line : told(head + "user = \"u\"\npassword = 4711\n")) CHECK(line.find("4711") == std::string::npos);
}

TEST_CASE("music that is not there is told with its key and file") {
  CHECK(
      told("[media]\nmusic = \"/nowhere/m.wav\"\n[[queue]]\nnumber = \"9000\"\nname = \"q\"\noperators = "
           "[\"o\"]\nmusic = \"q.ogg\"\n[[operator]]\nname = \"o\"\nphone = \"1\"\n[[phone]]\nnumber = \"1\"\n"
           "name = \"p\"\npassword = \"p\"\n") ==
      lines{"h.toml:2:9: media.music: found \"/nowhere/m.wav\", which does not exist; expected the path of a file that can be "
            "read",
            "h.toml:7:9: queue.music: found \"/nowhere/q.ogg\", which does not exist; expected the path of a file that can be "
            "read"});
}

TEST_CASE("what is said and recorded is told when something for it is missing") {
  const std::string rest =
      "[[operator]]\nname = \"o\"\nphone = \"1\"\n[[phone]]\nnumber = \"1\"\nname = \"p\"\npassword = \"p\"\n";
  const std::string queue = "[[queue]]\nnumber = \"9000\"\nname = \"q\"\noperators = [\"o\"]\n";
  CHECK(told(queue + "record = true\ngreeting = [\"hello\", \"operator\"]\n" + rest) ==
        lines{"h.toml:5:1: queue.record: found true without notice; expected a notice to the caller",
              "h.toml:5:1: queue.record: found true without media.recordings; expected a folder for recordings",
              "h.toml:6:1: queue.greeting: found prompts without media.prompts; expected the folder where they are"});
  CHECK(
      told(queue + "welcome = [\"Hello\"]\ndecline_key = \"99\"\n" + rest) ==
      lines{"h.toml:5:11: queue.welcome: found \"Hello\" in the list; expected a list of 0 to 32 names of prompts or numbers: "
            "lower-case letters, digits, _ and -",
            "h.toml:6:15: queue.decline_key: found \"99\"; expected one of \"0\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", "
            "\"7\", \"8\", \"9\", \"*\", \"#\""});
  CHECK(told("[media]\nprompts = \"/nowhere/p\"\nrecordings = \"/etc/passwd\"\n") ==
        lines{"h.toml:2:11: media.prompts: found \"/nowhere/p\", which is no folder; expected the path of a folder",
              "h.toml:3:14: media.recordings: found \"/etc/passwd\", which is no folder; expected the path of a folder"});
  CHECK(told(queue + "position = [\"your_place\", \"position\"]\napology = [\"sorry\"]\n" + rest) ==
        lines{"h.toml:5:1: queue.position: found prompts without media.prompts; expected the folder where they are",
              "h.toml:6:1: queue.apology: found prompts without media.prompts; expected the folder where they are"});
  CHECK(
      told("[media]\nrecordings = \"/tmp\"\nrecordings_key_file = \"/nowhere/k\"\nquality_min = 91\nlevel_every = \"2h\"\n") ==
      lines{"h.toml:3:23: media.recordings_key_file: found \"/nowhere/k\", which does not exist; expected the path of a file "
            "that "
            "holds a key for its owner alone (mode 0600 or 0400): 32 bytes or more, hex or raw",
            "h.toml:4:15: media.quality_min: found 91; expected a whole number from 0 to 90",
            "h.toml:5:15: media.level_every: found \"2h\"; expected a duration from 0s to 1h, such as \"500ms\", \"20s\", "
            "\"3min\" or \"1h\""});
  CHECK(told("[[operator]]\nname = \"o\"\nphone = \"1\"\nkeep_line = \"yes\"\n[[phone]]\nnumber = \"1\"\nname = "
             "\"p\"\npassword = \"p\"\n") == lines{"h.toml:4:13: operator.keep_line: found \"yes\"; expected true or false"});
  // The same word may be said twice.
  CHECK(told("[media]\nprompts = \"/tmp\"\n" + queue + "closing = [\"bye\", \"bye\"]\n" + rest).empty());
}

TEST_CASE("how a voice passes is one of two words") {
  CHECK(told("[[phone]]\nnumber = \"1\"\nname = \"a\"\npassword = \"p\"\nmedia = \"past\"\n") ==
        lines{"h.toml:5:9: phone.media: found \"past\"; expected one of \"anchored\", \"direct\""});
  CHECK(told("[[phone]]\nnumber = \"1\"\nname = \"a\"\npassword = \"p\"\nmedia = \"direct\"\n[[trunk]]\nname = "
             "\"t\"\naddresses = [\"127.0.0.1\"]\nmedia = \"direct\"\n") == lines{});
}

TEST_CASE("limits of a queue that lead nowhere are told, and limits of an emergency line") {
  const std::string rest =
      "[[operator]]\nname = \"o\"\nphone = \"1\"\n[[phone]]\nnumber = \"1\"\nname = \"p\"\npassword = \"p\"\n";
  const std::string queue = "[[queue]]\nnumber = \"9000\"\nname = \"q\"\noperators = [\"o\"]\n";
  CHECK(told(queue + "when_full = \"1\"\noverflow = \"1min\"\nwhen_unstaffed = \"9000\"\ntell_every = \"5s\"\n" + rest) ==
        lines{"h.toml:5:1: queue.when_full: found a number without length_max; expected a length that it is about",
              "h.toml:6:1: queue.overflow: found one of overflow and when_late; expected both, or neither",
              "h.toml:7:1: queue.when_unstaffed: found \"9000\"; expected the number of another phone, department or queue",
              "h.toml:8:1: queue.tell_every: found 5s; expected 0s, or 10s and more",
              "h.toml:8:1: queue.tell_every: found a time without position; expected what is said"});
  CHECK(
      told(queue + "class = \"emergency\"\nlength_max = 3\n" + rest) ==
      lines{
          "h.toml:6:1: queue.length_max: found a limit of an emergency line; expected none: an emergency waits for whoever is "
          "there"});
  CHECK(
      told(queue + "distribution = \"random\"\nskills = [\"two words\"]\n" + rest) ==
      lines{
          "h.toml:5:16: queue.distribution: found \"random\"; expected one of \"longest_idle\", \"round_robin\", "
          "\"fewest_calls\", \"top_down\", \"ring_all\", \"weighted\"",
          "h.toml:6:10: queue.skills: found \"two words\" in the list; expected a list of 0 to 32 words of lower-case letters, "
          "digits, _ and -"});
  CHECK(told(queue + "skills = [\"english\"]\nlength_max = 5\nwhen_full = \"1\"\n" + rest).empty());
}

TEST_CASE("a backup or a shift that is not there is told, and reasons with one number") {
  const std::string phone = "[[phone]]\nnumber = \"1\"\nname = \"p\"\npassword = \"p\"\n";
  CHECK(told("[[operator]]\nname = \"o\"\nphone = \"1\"\nbackup = \"o\"\nshift = \"day\"\n" + phone) ==
        lines{"h.toml:4:1: operator.backup: found \"o\"; expected the name of another [[operator]]",
              "h.toml:5:1: operator.shift: found \"day\"; expected the name of [[hours]]"});
  CHECK(told("[[department]]\nnumber = \"8\"\nname = \"d\"\npassword = \"p\"\nbackup = \"7\"\n") ==
        lines{"h.toml:5:1: department.backup: found \"7\"; expected the number of another phone or department"});
  CHECK(told("[policy]\nreasons_required = true\n") ==
        lines{"h.toml: policy.reasons_required: found true without [[reason]]; expected reasons that may be given"});
  const std::string reason = "[[reason]]\nnumber = 1\nname = \"break\"\nlimit = \"15min\"\ntimes = 2\n";
  CHECK(told(reason).empty());
  CHECK(told(reason + reason) == lines{"h.toml:7:1: reason.number: found 1, as in line 2; expected a number of its own"});
  CHECK(told("[[reason]]\nnumber = 0\nname = \"break\"\n") ==
        lines{"h.toml:2:10: reason.number: found 0; expected a whole number from 1 to 999"});
}

TEST_CASE("a voice that passes the house by is not sealed by it") {
  const std::string phone = "[[phone]]\nnumber = \"1\"\nname = \"n\"\npassword = \"p\"\n";
  CHECK(told(phone + "srtp = \"required\"\n").empty());
  CHECK(told(phone + "srtp = \"must\"\n") ==
        lines{"h.toml:5:8: phone.srtp: found \"must\"; expected one of \"off\", \"allowed\", \"required\""});
  CHECK(told(phone + "media = \"direct\"\nsrtp = \"allowed\"\n") ==
        lines{"h.toml:6:1: phone.srtp: found beside media = \"direct\"; expected a voice that passes through the house, which "
              "has the "
              "keys"});
}

TEST_CASE("a kind of request is told what does not fit the house") {
  const std::string good = R"([[phone]]
number = "1001"
name = "a"
password = "p"
[[operator]]
name = "Zhang Min"
phone = "1001"
[[request_kind]]
name = "complaint"
zh = "投诉"
en = "Complaint"
prefix = "T"
results = ["upheld"]
owner = "Zhang Min"
completion = "5 days"
)";
  CHECK(told(good).empty());
  CHECK(told(good + "fields = [\"age:number\"]\n") ==
        lines{"h.toml:16:1: request_kind.fields: found \"age:number\"; expected name:type, each name once; not no, kind, name, "
              "number or language, which every request has"});
  CHECK(told(good + "fields = [\"number:text\"]\n").size() == 1);
  CHECK(told(good + "fields = [\"a\", \"a:date!\"]\n").size() == 2);
  CHECK(
      told(good + "reminders = [\"80\", \"50\"]\n") ==
      lines{
          "h.toml:16:1: request_kind.reminders: found other values; expected percents from \"1\" to \"99\", each more than the "
          "one before"});
  CHECK(told(good + "chain = [\"nobody\"]\n") ==
        lines{"h.toml:16:1: request_kind.chain: found \"nobody\"; expected the name of an [[operator]], or the number of a "
              "[[phone]] or [[department]]"});
  CHECK(
      told(good + "first_contact = \"soon\"\n") ==
      lines{
          "h.toml:16:1: request_kind.first_contact: found \"soon\"; expected a limit of at most two years, such as \"30min\", "
          "\"3h\", \"2 days\", \"1 half_day\" or \"5 working_days\""});
  CHECK(told(good + "first_contact = \"1 half_day\"\n") ==
        lines{"h.toml:16:1: request_kind.first_contact: found \"1 half_day\"; expected hours, by whose working days it is "
              "counted"});
  CHECK(told(good + "hours = \"day\"\n").size() == 1);
  CHECK(told(good + "attempts_max = 0\n").size() == 1);
  CHECK(told(good + "dialogue = \"1001\"\n") ==
        lines{"h.toml:16:1: request_kind.dialogue: found \"1001\"; expected the number of a [[dialogue]]"});
  CHECK(told(good + "book_ahead = \"24h\"\nbook_until = \"24h\"\n") ==
        lines{"h.toml:17:1: request_kind.book_until: found as much as book_ahead; expected less: else nothing can be booked"});
  for (const char* wrong : {"no_show_after = \"25h\"", "no_shows_max = 21", "barred_for = \"1min\"", "per_person_max = 101",
                            "slots = 1", "late_is_no_show = \"yes\"", "remind_ahead = \"745h\"", "tell_ahead = \"-1h\""})
    CHECK(told(good + wrong + "\n").size() == 1);
  CHECK(told(good + "[[queue]]\nnumber = \"9000\"\nname = \"q\"\noperators = [\"Zhang Min\"]\nabandoned = \"callback\"\n") ==
        lines{"h.toml:20:1: queue.abandoned: found \"callback\"; expected the name of a [[request_kind]]"});
  CHECK(told(good + good.substr(good.find("[[request_kind]]"))) ==
        lines{"h.toml:17:1: request_kind.name: found \"complaint\", as in line 9; expected one of its own",
              "h.toml:20:1: request_kind.prefix: found \"T\", as in line 12; expected one of its own"});
  CHECK(told("[policy]\nentry_limit = \"30s\"\n") ==
        lines{"h.toml:2:1: policy.entry_limit: found 30s; expected 0s, or 1min and more"});
}

TEST_CASE("a gateway that is to be started has its file") {
  const auto shown = told("[board]\ngateway = \"/nowhere/gateway.toml\"\n");
  REQUIRE(shown.size() == 1);
  CHECK(shown[0].starts_with("h.toml:2:11: board.gateway: found \"/nowhere/gateway.toml\", which does not exist; expected"));
}

TEST_CASE("a database is in one place, and its password in none of ours") {
  CHECK(told("[store]\npath = \"/var/lib/c.db\"\npostgresql = \"dbname=c\"\n").size() == 2);
  CHECK(told("[store]\npostgresql = \"dbname=c\"\n") ==
        lines{"h.toml:2:1: store.key_file: found nothing, but postgresql; expected the file of the master key"});
  const auto shown = told("[store]\npostgresql = \"dbname=c password=secret\"\n");
  CHECK(shown.size() == 2);
  for (const auto& line : shown) CHECK(line.find("secret") == std::string::npos);
}
