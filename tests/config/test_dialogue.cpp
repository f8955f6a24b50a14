// SPDX-License-Identifier: Apache-2.0
// The files of dialogues: the examples are in order, each mistake is told with file, line, key and what was expected, and the picture.
#include <cordboard/config_file.hpp>
#include <dialogue/draw.hpp>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace cordboard;

namespace {

const std::string source = CORDBOARD_SOURCE;
const std::string head = "[dialogue]\nname = \"n\"\nhuman = \"9000\"\nfallback = \"hang_up\"\n";

/// A file that is gone when the test is.
struct script_file {
  explicit script_file(const std::string& text) : path("/tmp/cordboard-dialogue-" + std::to_string(getpid()) + ".toml") {
    std::ofstream(path) << text;
  }
  script_file(const script_file&) = delete;
  script_file& operator=(const script_file&) = delete;
  ~script_file() { std::filesystem::remove(path); }
  /// Line, key and words of each problem, without the file.
  std::vector<std::string> told(language tongue = language::en) const {
    std::vector<std::string> out;
    for (const auto& p : load_dialogue(path).problems) {
      CHECK(p.file == path);
      out.push_back(describe(p, "", tongue).substr(path.size()));
    }
    return out;
  }
  const std::string path;
};
using lines = std::vector<std::string>;

/// A step in one line, whatever its number of keys.
std::string step(const std::string& name, const std::string& what, const std::string& rest = "") {
  return "[[step]]\nname = \"" + name + "\"\ndo = \"" + what + "\"\n" + rest;
}
lines told(const std::string& steps) { return script_file(head + steps).told(); }

std::string house(const std::string& script, const std::string& media = "") {
  return R"([board]
loopback = true
[[phone]]
number = "1001"
name = "n"
[[operator]]
name = "o"
phone = "1001"
[[queue]]
number = "9000"
name = "q"
operators = ["o"]
when_closed = "9190"
rating = "9190"
[[dialogue]]
number = "9190"
file = ")" +
         script + "\"\n" + media;
}

}  // namespace

TEST_CASE("the dialogues of the example are in order") {
  const auto night = load_dialogue(source + "/examples/hospital/after-hours.toml");
  CHECK(night.problems.empty());
  REQUIRE(night.value.steps.size() == 7);
  const auto& phone = night.value.steps[2];
  CHECK(phone.act == dialogue_act::keys);
  CHECK(phone.keys_min == 7);
  CHECK(phone.read_back == std::vector<std::string>{"your_number", "answer", "confirm_or_again"});
  CHECK(phone.line == 33);
  const auto rating = load_dialogue(source + "/examples/hospital/rating.toml");
  CHECK(rating.problems.empty());
  CHECK(rating.value.score == "score");
  CHECK(rating.value.fallback.empty());
}

TEST_CASE("a step that no path reaches, one without an end, and a loop without a bound are told with their lines") {
  CHECK(
      told(step("a", "play", "say = [\"x\"]\nnext = \"b\"\n") + step("b", "hang_up") + step("lost", "hang_up")) ==
      lines{
          ":14:1: step.name: found \"lost\", to which no path leads; expected a step that can be reached from the first one"});
  CHECK(told(step("a", "play", "say = [\"x\"]\nnext = \"b\"\n") + step("b", "play", "say = [\"x\"]\nnext = \"a\"\n")) ==
        lines{":6:1: step.name: found \"a\", from which no end is reached; expected a path to a step that hangs up or gives to "
              "a queue",
              ":6:1: step.name: found \"a\", which comes back to itself though the caller does nothing; expected a loop that "
              "asks the "
              "caller for something",
              ":11:1: step.name: found \"b\", from which no end is reached; expected a path to a step that hangs up or gives "
              "to a queue"});
  // A menu that says itself again is no such loop; one that does so when nobody presses anything is.
  const std::string menu = "say = [\"x\"]\nallowed = \"12\"\ncases = { 1 = \"menu\", 2 = \"bye\" }\notherwise = ";
  CHECK(told(step("menu", "keys", menu + "\"bye\"\n") + step("bye", "hang_up")).empty());
  CHECK(told(step("menu", "keys", menu + "\"menu\"\n") + step("bye", "hang_up")) ==
        lines{":6:1: step.name: found \"menu\", which comes back to itself though the caller does nothing; expected a loop "
              "that asks "
              "the caller for something"});
}

TEST_CASE("what a step lacks, has for nothing, or names wrongly is told") {
  CHECK(told(step("a", "play", "say = [\"x\"]\n")) ==
        lines{":5:1: step.next: found nothing; expected it, in a step that does \"play\""});
  CHECK(told(step("a", "hang_up", "tries = 2\n")) ==
        lines{":8:1: step.tries: found it, in a step that does \"hang_up\"; expected only what such a step uses"});
  CHECK(told(step("a", "play", "say = [\"x\"]\nnext = \"bey\"\n") + step("bye", "hang_up")) ==
        lines{":9:1: step.next: found \"bey\"; expected the name of a [[step]]; did you mean \"bye\"?"});
  CHECK(told(step("a", "hang_up") + step("a", "hang_up")) ==
        lines{":9:1: step.name: found \"a\", as in line 6; expected a name of its own"});
  CHECK(told(step("a", "sing")).front() ==
        ":7:6: step.do: found \"sing\"; expected one of \"play\", \"keys\", \"voice\", \"branch\", \"queue\", \"request\", "
        "\"hang_up\", \"confirm\", \"cancel\", \"change\"");
  CHECK(script_file(head).told() == lines{":1:1: step: found no step; expected [[step]], the first one begins"});
  CHECK(script_file(step("a", "hang_up")).told() == lines{":1:1: dialogue: found nothing; expected a table [dialogue]"});
  CHECK(script_file(head + step("a", "hang_up", "tries = 2\n")).told(language::zh) ==
        lines{":8:1: step.tries: 发现 “hang_up”步骤中的此键;应为 仅此类步骤所用的键"});
}

TEST_CASE("keys that contradict each other are told") {
  const auto asks = [](const std::string& rest) {
    return told(step("a", "keys", "say = [\"x\"]\notherwise = \"b\"\n" + rest) + step("b", "hang_up"));
  };
  CHECK(asks("next = \"b\"\nmin = 5\nmax = 3\n") == lines{":11:1: step.min: found 5; expected at most max"});
  CHECK(asks("next = \"b\"\nallowed = \"12#\"\n") ==
        lines{":5:1: step.end_key: found \"#\"; expected a key that is no part of the answer"});
  CHECK(asks("allowed = \"12\"\ncases = { 1 = \"b\" }\n") ==
        lines{":5:1: step.next: found nothing, but answers without a case; expected where they lead"});
  CHECK(asks("allowed = \"10\"\ncases = { 1 = \"b\", 0 = \"b\" }\n") ==
        lines{":11:1: step.cases: found \"0\"; expected another key than the one for a human"});
  CHECK(asks("next = \"b\"\nmax = 3\nread_back = [\"x\"]\n").size() == 2);
  CHECK(
      asks("next = \"b\"\nmax = 3\nfield = \"f\"\nread_back = [\"answer\"]\nconfirm_key = \"0\"\n") ==
      lines{
          ":13:1: step.read_back: found keys that mean two things; expected confirm_key, again_key and human_key that differ"});
  CHECK(asks("next = \"b\"\ncases = { 1 = 2 }\n")
            .front()
            .starts_with(":11:9: step.cases: found 1 = 2; expected a table of at most 16"));
}

TEST_CASE("what a script names of the house and the house does not have is told with the script's file and line") {
  const script_file script(head + step("ask", "voice", "say = [\"x\"]\nfield = \"f\"\nnext = \"q\"\notherwise = \"q\"\n") +
                           step("q", "queue", "queue = \"9009\"\n"));
  const auto all = read_config(house(script.path), "/nowhere").problems;
  lines told;
  for (const auto& p : all) told.push_back(describe(p, "h.toml", language::en));
  CHECK(told ==
        lines{script.path + ":5:1: step.do: found a spoken answer without media.recordings; expected a folder for recordings",
              script.path + ":12:1: step.queue: found \"9009\"; expected the number of a [[queue]]",
              script.path + ":5:1: step.say: found prompts without media.prompts; expected the folder where they are"});
  const script_file good(head + step("q", "hang_up"));
  const auto loaded = read_config(house(good.path), "/nowhere");
  CHECK(loaded.problems.empty());
  REQUIRE(loaded.value.house.dialogues.size() == 1);
  CHECK(loaded.value.house.dialogues[0].number == "9190");
  CHECK(loaded.value.house.queues[0].rating == "9190");
  std::string wrong = house(good.path);
  wrong.replace(wrong.find("rating = \"9190\""), 15, "rating = \"1001\"");
  const auto told_of = read_config(wrong, "/nowhere").problems;
  REQUIRE(told_of.size() == 1);
  CHECK(describe(told_of[0], "h.toml", language::en) ==
        "h.toml:14:1: queue.rating: found \"1001\"; expected the number of a [[dialogue]]");
}

TEST_CASE("a dialogue is drawn: every step, every way, and nothing that a reader of XML would choke on") {
  auto script = load_dialogue(source + "/examples/hospital/after-hours.toml").value;
  script.name = "Night <&> \"夜间\"";
  const std::string svg = dialogue::draw(script);
  CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(svg.find("Night &lt;&amp;&gt; &quot;夜间&quot;") != std::string::npos);
  for (const auto& x : script.steps) CHECK(svg.find(">" + x.name + "</text>") != std::string::npos);
  const auto count = [&](const std::string& what) {
    std::size_t n = 0;
    for (auto at = svg.find(what); at != std::string::npos; at = svg.find(what, at + 1)) ++n;
    return n;
  };
  CHECK(count("<rect") == script.steps.size() + 1);
  CHECK(count("marker-end") == 10);  // six ways on, four when an answer fails
  CHECK(count("http") == 1);         // it needs nothing from elsewhere
  CHECK(count("录音应答 · asks for a spoken answer") == 3);
}
