// SPDX-License-Identifier: Apache-2.0
#include <base/key_file.hpp>
#include <config/keys.hpp>
#include <cordboard/config_file.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

using namespace cordboard;
using namespace std::chrono_literals;

namespace {

struct folder {
  std::filesystem::path path;
  folder() {
    std::string name = "/tmp/cordboard-config-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~folder() { std::filesystem::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
};

std::string all_problems(const loaded_config& loaded) {
  std::string text;
  for (const auto& p : loaded.problems) text += describe(p, "file", language::en) + "\n";
  return text;
}

std::string example() {
  std::ifstream file(CORDBOARD_SOURCE "/examples/hospital/hospital.toml");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("an empty file is the defaults of config.hpp") {
  const auto loaded = read_config("", ".");
  CHECK(all_problems(loaded).empty());
  CHECK(loaded.value == config{});
}

TEST_CASE("every default that the schema prints is the default of config.hpp") {
  // Written out with its defaults, a file says the same as an empty one.
  const auto line_of = [](const settings::key_doc& doc) {
    return fmt::format("{} = {}\n", doc.name, settings::default_text(doc));
  };
  std::string written;
  settings::for_each_table([&](const auto& t) {
    if (t.many) return;
    written += fmt::format("[{}]\n", t.name);
    for (const auto& k : t.keys) written += line_of(k.doc);
  });
  const auto loaded = read_config(written, ".");
  CHECK(all_problems(loaded).empty());
  CHECK(loaded.value == config{});

  // The same for the tables that may stand many times: the shortest entries, and then with all defaults.
  const std::string_view shortest = R"(
[board]
loopback = true
[[phone]]
number = "1"
name = "n"
[[department]]
number = "2"
name = "n"
[[trunk]]
name = "t"
addresses = ["::1"]
[[operator]]
name = "o"
phone = "1"
[[queue]]
number = "3"
name = "q"
operators = ["o"]
)";
  const auto entries = read_config(shortest, ".");
  CHECK(all_problems(entries).empty());
  std::string full;
  for (std::size_t at = 0; at < shortest.size();) {
    const auto end = shortest.find('\n', at);
    const auto line = shortest.substr(at, end - at);
    full += fmt::format("{}\n", line);
    at = end + 1;
    settings::for_each_table([&](const auto& t) {
      if (line != fmt::format("[[{}]]", t.name)) return;
      for (const auto& k : t.keys)
        if (!k.doc.required() && (!k.doc.fallback.empty() || k.doc.low == 0)) full += line_of(k.doc);
    });
  }
  const auto filled = read_config(full, ".");
  CHECK(all_problems(filled).empty());
  CHECK(filled.value == entries.value);
}

TEST_CASE("the example hospital is in order") {
  const auto loaded = load_config(CORDBOARD_SOURCE "/examples/hospital/hospital.toml");
  CHECK(all_problems(loaded).empty());
  const auto& house = loaded.value.house;
  REQUIRE(house.devices.size() == 11);
  CHECK(house.devices[2].number == "1000");
  CHECK(house.devices[2].supervisor);
  CHECK_FALSE(house.devices[0].supervisor);
  CHECK(house.devices[4].kind == device_kind::trunk);
  CHECK(house.devices[4].number == "city");
  CHECK(house.devices[5].name == "急诊科 Emergency");
  CHECK(house.devices[5].department);
  CHECK(house.devices[5].consent == consent_policy::blind);
  CHECK(house.devices[5].ring == 10s);
  CHECK(house.devices[5].password == "cord-8001");
  CHECK(house.operators.size() == 2);
  REQUIRE(house.queues.size() == 1);
  CHECK(house.queues[0].operators == std::vector<std::string>{"张敏 Zhang Min", "李华 Li Hua"});
  CHECK(house.queues[0].wait_limit == 3min);
  REQUIRE(house.users.size() == 1);
  CHECK(house.users[0].uid == geteuid());
  CHECK(house.users[0].rights == 191);
  CHECK(loaded.value.log.hot_bytes_max == 256U << 20U);
}

TEST_CASE("roles give the rights that their description says") {
  const auto rights = [](std::string_view roles) {
    const auto loaded = read_config(fmt::format("[[user]]\nname = \"u\"\nuid = 5\nroles = {}\n", roles), ".");
    REQUIRE(all_problems(loaded).empty());
    return loaded.value.house.users.at(0).rights;
  };
  CHECK(rights("[\"operator\"]") == 3);
  CHECK(rights("[\"supervisor\"]") == 39);
  CHECK(rights("[\"auditor\"]") == 5);
  CHECK(rights("[\"administrator\"]") == 191);
  CHECK(rights("[\"records\"]") == 17);
  CHECK(rights("[\"operator\", \"auditor\"]") == 7);
}

TEST_CASE("S9 P6 roles are spelled out for each user, and a plan for emergencies is read") {
  const folder here;
  std::filesystem::create_directory(here.path / "prompts");
  const auto loaded = read_config(R"([board]
loopback = true
[media]
prompts = "prompts"
[[phone]]
number = "1001"
name = "n"
class = "desk"
[[department]]
number = "8001"
name = "n"
[[operator]]
name = "zhang"
phone = "1001"
[[queue]]
number = "9009"
name = "q"
class = "emergency"
operators = ["zhang"]
[[class]]
name = "desk"
outside = ["0"]
barred = ["00"]
[[code_call]]
number = "9911"
name = "抢救"
steps = ["8001 1001", "13800138000"]
order = "in_order"
enough = 2
message = ["code_blue", "place"]
key = "9"
line = "9009"
[[role]]
name = "duty head"
rights = ["observe", "control"]
commands = ["start_code_call", "switch_night_service"]
departments = ["8001"]
[[role]]
name = "marker"
rights = ["control"]
commands = ["mark_malicious"]
departments = ["8001"]
[[user]]
name = "u"
uid = 7
roles = ["duty head", "marker"]
operator = "zhang"
)",
                                  here.path);
  CHECK(all_problems(loaded) == "");
  const auto& house = loaded.value.house;
  const auto& user = house.users.at(0);
  CHECK(user.rights == 3);
  CHECK(user.operator_ == "zhang");
  CHECK(user.commands == std::vector<std::string>{"mark_malicious", "start_code_call", "switch_night_service"});
  CHECK(user.departments == std::vector<std::string>{"8001"});
  CHECK(house.devices.at(0).service == "desk");
  CHECK(house.classes.at(0).barred == std::vector<std::string>{"00"});
  const auto& plan = house.code_calls.at(0);
  CHECK(plan.in_order);
  CHECK(plan.steps == std::vector<std::string>{"8001 1001", "13800138000"});
  CHECK(plan.wait == 30s);
  CHECK(plan.key == "9");
}

TEST_CASE("a password may stand in a file of its own, which not everyone may read") {
  const folder here;
  std::ofstream(here.path / "secret") << "hush 密\nsecond line\n";
  const std::string text = "[[phone]]\nnumber = \"1\"\nname = \"n\"\npassword_file = \"secret\"\n";
  REQUIRE(chmod((here.path / "secret").c_str(), 0600) == 0);
  const auto loaded = read_config(text, here.path);
  CHECK(all_problems(loaded).empty());
  CHECK(loaded.value.house.devices.at(0).password == "hush 密");

  REQUIRE(chmod((here.path / "secret").c_str(), 0644) == 0);
  CHECK(
      all_problems(read_config(text, here.path)) ==
      fmt::format(
          "file:4:17: phone.password_file: found \"{}/secret\", which everyone may read; expected a file with the password in "
          "its first line, which not everyone may read\n",
          here.path.string()));
}

TEST_CASE("the schema names every key in both languages") {
  const auto en = config_schema(language::en), zh = config_schema(language::zh);
  settings::for_each_table([&](const auto& t) {
    for (const auto& k : t.keys) {
      CHECK(en.find(fmt::format("\n{}", k.doc.name)) != std::string::npos);
      CHECK(zh.find(k.doc.zh) != std::string::npos);
      CHECK_FALSE(settings::expectation(k.doc).en.empty());
      CHECK_FALSE(settings::expectation(k.doc).zh.empty());
    }
  });
}

TEST_CASE("no damage to a good file does more than give problems") {
  const auto good = example();
  std::mt19937 random(20240607);
  std::size_t wrong = 0;
  for (int round = 0; round < 3000; ++round) {
    auto text = good;
    for (auto times = random() % 4 + 1; times != 0; --times) {
      const auto at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 40); break;
        case 2: text.insert(at, text.substr(random() % text.size(), random() % 60)); break;
        default: text.insert(at, 1, "[]{}\"'=.,#\\\n\t"[random() % 13]); break;
      }
    }
    const auto loaded = read_config(text, ".");
    wrong += loaded.problems.empty() ? 0 : 1;
    for (const auto& p : loaded.problems) {
      CHECK_FALSE(p.found.en.empty());
      CHECK_FALSE(p.expected.zh.empty());
    }
  }
  CHECK(wrong > 1000);
}

TEST_CASE("what is kept of the archive, and the key of its chain") {
  const folder here;
  const auto key = here.path / "chain.key";
  const auto put = [&](const std::string& bytes, mode_t mode) {
    std::ofstream(key, std::ios::trunc) << bytes;
    REQUIRE(chmod(key.c_str(), mode) == 0);
  };
  const auto problems = [&](std::string_view more) {
    return all_problems(read_config(fmt::format("[log]\narchive = \"/var/lib/a\"\n{}\n", more), here.path));
  };
  const std::string with_key = "chain_key_file = \"chain.key\"";
  put(std::string(64, 'a') + "\n", 0600);
  const auto loaded =
      read_config("[log]\narchive = \"/var/lib/a\"\nkeep_days = 400\narchive_bytes_max = \"10GiB\"\n" + with_key, here.path);
  CHECK(all_problems(loaded).empty());
  CHECK(loaded.value.log.keep_days == 400);
  CHECK(loaded.value.log.archive_bytes_max == std::uint64_t{10} << 30U);
  CHECK(loaded.value.log.chain_key_file == key);
  CHECK(read_key_file(key).value() == std::string(32, '\xaa'));
  put(std::string(64, 'a'), 0640);
  CHECK(problems(with_key).find("others may read; its mode must be 0600 or 0400") != std::string::npos);
  put(std::string(62, 'a'), 0400);
  CHECK(problems(with_key).find("fewer than 32 bytes") != std::string::npos);
  put(std::string(31, '\x01'), 0400);
  CHECK(problems(with_key).find("fewer than 32 bytes") != std::string::npos);
  put(std::string(32, '\x01'), 0400);
  CHECK(problems(with_key).empty());
  put(std::string(4097, '\x01'), 0400);
  CHECK(problems(with_key).find("more than 4096 bytes") != std::string::npos);
  std::filesystem::remove(key);
  CHECK(problems(with_key).find("which does not exist") != std::string::npos);
  CHECK(problems("archive_bytes_max = \"1MiB\"").find("0, or 256MiB and more") != std::string::npos);
  CHECK(all_problems(read_config("[log]\nkeep_days = 3\n", ".")).find("log.keep_days: found no log.archive") !=
        std::string::npos);
}

TEST_CASE("a key for recordings needs a folder for them") {
  const auto key = std::filesystem::temp_directory_path() / fmt::format("cordboard-recordings-{}.key", ::getpid());
  std::ofstream(key) << std::string(64, 'a');
  REQUIRE(chmod(key.c_str(), 0600) == 0);
  const auto with =
      fmt::format("[media]\nrecordings_key_file = \"{}\"\nquality_min = 80\nlevel_every = \"2s\"\n", key.string());
  CHECK(all_problems(read_config(with, ".")).find("media.recordings_key_file: found no media.recordings") != std::string::npos);
  const auto loaded = read_config(with + "recordings = \"/tmp\"\n", ".");
  CHECK(all_problems(loaded).empty());
  CHECK(loaded.value.media.recordings_key_file == key.string());
  CHECK(loaded.value.media.quality_min == 80);
  CHECK(loaded.value.media.level_every == std::chrono::seconds(2));
  std::filesystem::remove(key);
}

TEST_CASE("a trunk with an account, registrars and several targets is read") {
  const auto loaded = read_config(R"([[trunk]]
name = "pbx"
addresses = ["10.0.0.1", "10.0.0.2:5062"]
targets = ["sip:10.0.0.1:5070;transport=tcp", "sip:[::1]:5080"]
user = "8000"
password = "hush"
domain = "pbx.example:5070"
register = true
registrars = ["sip:10.0.0.3"]
contact = "9000"
expires = "2min"
retry = "5s"
answer_within = "1500ms"
check_every = "10s"
check_failures = 3
)",
                                  "/nowhere");
  CHECK(all_problems(loaded).empty());
  REQUIRE(loaded.value.house.devices.size() == 1);
  const auto& line = loaded.value.house.devices[0];
  CHECK(line.targets == std::vector<std::string>{"sip:10.0.0.1:5070;transport=tcp", "sip:[::1]:5080"});
  CHECK(line.password == "hush");
  trunk_config expected;
  expected.user = "8000";
  expected.domain = "pbx.example:5070";
  expected.contact = "9000";
  expected.registers = true;
  expected.registrars = {"sip:10.0.0.3"};
  expected.expires = 120s;
  expected.retry = 5s;
  expected.answer_within = 1500ms;
  expected.check_every = 10s;
  expected.check_failures = 3;
  CHECK(line.trunk == expected);
}
