// SPDX-License-Identifier: Apache-2.0
// H6: what is said of people is sealed in the log, and can be erased there without touching a slot.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <log/archiver.hpp>
#include <log/erase.hpp>
#include <log/verify.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;

namespace {

std::string key_in(const scratch& here, const std::string& name, char of) {
  const std::string file = here / name;
  write_file(file, std::string(32, of));
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  return file;
}

log::writer_options sealed_in(const scratch& here, const std::string& key) {
  auto how = options_in(here, true);
  how.text_key_file = key;
  return how;
}

logged of_call(std::uint64_t call, std::string text) {
  logged one = make_event(1, std::move(text));
  one.record.call = call_id{call};
  one.record.request = {};
  return one;
}
logged of_request(std::uint64_t call, std::uint64_t request, std::string text) {
  logged one = of_call(call, std::move(text));
  one.record.request = request_id{request};
  return one;
}

std::string text_at(log_reader& from, std::uint64_t sequence) {
  const auto found = from.at(sequence);
  REQUIRE(found);
  REQUIRE(*found != nullptr);
  const auto text = from.text(**found);
  return text ? std::string(*text) : text.error().message();
}
std::error_code why_not(log_reader& from, std::uint64_t sequence) { return from.text(**from.at(sequence)).error(); }

/// Whether some file of the log holds these bytes.
bool anywhere(const scratch& here, const std::string& bytes) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(here.path()))
    if (file.is_regular_file() && read_file(file.path()).find(bytes) != std::string::npos) return true;
  return false;
}

constexpr const char* name = "司马相如 138 0013 8000";

}  // namespace

TEST_CASE("H6: texts of calls and requests are sealed in memory and on disk, and read as ever by whoever has the key") {
  const scratch here;
  const auto key = key_in(here, "text.key", 'a');
  std::uint64_t plain = 0, first = 0, second = 0, last = 0;
  {
    auto writer = open_writer(sealed_in(here, key));
    auto archiver = log::archiver::start(*writer, {}).value();
    plain = append(*writer, of_call(0, "a queue's name"));
    first = append(*writer, of_call(7, name));
    second = append(*writer, of_request(7, 9, std::string(name) + " 2"));
    REQUIRE(writer->roll());
    last = append(*writer, of_call(7, std::string(name) + " 3"));
    // The dialog tail is memory's alone, and a restart's.
    append(*writer, make_event(5, "dialog", tail::dialog));
    auto live = open_reader(here / "hot");
    CHECK(text_at(live, first) == name);
    writer->close();
    writer->wake();
    archiver->stop(std::chrono::seconds(20));
  }
  CHECK_FALSE(anywhere(here, name));
  CHECK(anywhere(here, "a queue's name"));
  auto memory = open_reader(here / "hot");
  auto disk = open_reader(here / "archive", {.text_key_file = key});
  for (auto* from : {&memory, &disk}) {
    CHECK(text_at(*from, plain) == "a queue's name");
    CHECK(text_at(*from, first) == name);
    CHECK(text_at(*from, second) == std::string(name) + " 2");
    CHECK(text_at(*from, last) == std::string(name) + " 3");
    CHECK(text_at(*from, first) == name);
  }
  // An archive alone says nothing of a key, and somebody who may not read it has the slots.
  auto alone = open_reader(here / "archive");
  CHECK(drain(alone).size() == 5);
  CHECK(text_at(alone, plain) == "a queue's name");
  CHECK(why_not(alone, first) == errc::access_refused);
  const auto other = key_in(here, "other.key", 'b');
  auto stranger = open_reader(here / "archive", {.text_key_file = other});
  CHECK(why_not(stranger, first) == errc::access_refused);
  CHECK(log_reader::open(here / "archive", {.text_key_file = here / "none"}).error() == errc::access_refused);
  const auto seen = log::verify_log(here / "archive", {});
  REQUIRE(seen);
  CHECK(seen->findings.empty());
  CHECK(seen->texts_sealed == 3);
}

TEST_CASE("H6: erasing a call's texts leaves every other text, slot, sum and chain") {
  const scratch here;
  const auto key = key_in(here, "text.key", 'a');
  log::archiver_options how;
  const log::chain_key chain(std::string(32, 'c'));
  how.key = std::make_shared<const log::chain_key>(std::string(32, 'c'));
  auto writer = open_writer(sealed_in(here, key));
  auto archiver = log::archiver::start(*writer, how).value();
  const auto gone = append(*writer, of_call(7, name));
  const auto stays = append(*writer, of_call(8, "another"));
  REQUIRE(writer->roll());
  const auto gone_too = append(*writer, of_request(8, 9, name));
  const auto again = append(*writer, of_call(7, name));
  writer->wake();
  auto before = open_reader(here / "hot");
  CHECK(text_at(before, gone) == name);
  const std::set<log::text_subject> whose{{log::text_subject::of_call, 7}, {log::text_subject::of_request, 9}};
  CHECK(eventually([&] { return archiver->status().durable_sequence == writer->last_sequence(); }));
  CHECK(log::erase_texts(here / "hot", whose).value() == 3);
  CHECK(log::erase_texts(here / "hot", whose).value() == 0);
  // The board goes on, and what it says of that call in this segment is nobody's to read either.
  const auto later = append(*writer, of_call(7, name));
  writer->close();
  writer->wake();
  archiver->stop(std::chrono::seconds(20));
  auto memory = open_reader(here / "hot");
  auto disk = open_reader(here / "archive", {.text_key_file = key});
  for (auto* from : {&memory, &disk}) {
    for (const auto sequence : {gone, gone_too, again, later}) CHECK(why_not(*from, sequence) == errc::log_gone);
    CHECK(text_at(*from, stays) == "another");
  }
  log::verify_options look;
  look.key = &chain;
  const auto seen = log::verify_log(here / "archive", look);
  REQUIRE(seen);
  CHECK(seen->findings.empty());
  CHECK(seen->keyed == 2);
  CHECK(seen->texts_sealed == 5);
}

TEST_CASE("H6: the key of sealed texts is changed while the log is written, and the old one is of no use afterwards") {
  const scratch here;
  const auto key = key_in(here, "text.key", 'a');
  std::uint64_t first = 0;
  {
    auto writer = open_writer(sealed_in(here, key));
    first = append(*writer, of_call(7, name));
    writer->wake();
  }  // killed
  std::filesystem::rename(key, key + ".old");
  key_in(here, "text.key", 'b');
  auto writer = open_writer(sealed_in(here, key));
  auto archiver = log::archiver::start(*writer, {}).value();
  const auto second = append(*writer, of_call(8, name));
  CHECK(log::seal_keys_anew(here / "hot", key).value() == 1);
  CHECK(log::seal_keys_anew(here / "hot", key).value() == 0);
  std::filesystem::remove(key + ".old");
  writer->close();
  writer->wake();
  archiver->stop(std::chrono::seconds(20));
  auto memory = open_reader(here / "hot");
  auto disk = open_reader(here / "archive", {.text_key_file = key});
  for (auto* from : {&memory, &disk}) {
    CHECK(text_at(*from, first) == name);
    CHECK(text_at(*from, second) == name);
  }
  auto old = open_reader(here / "archive", {.text_key_file = key_in(here, "old.key", 'a')});
  CHECK(why_not(old, first) == errc::access_refused);
}

TEST_CASE("H6: a board does not go on with another key, or with none, over texts that are sealed") {
  const scratch here;
  const auto key = key_in(here, "text.key", 'a');
  { append(*open_writer(sealed_in(here, key)), of_call(7, name)); }
  diagnostics why;
  auto how = options_in(here, true);
  CHECK(log::writer::open(how, &why).error() == errc::access_refused);
  CHECK(why.our_text().find("text_key_file") != std::string::npos);
  how.text_key_file = key_in(here, "other.key", 'b');
  CHECK(log::writer::open(how, &why).error() == errc::access_refused);
  CHECK(why.our_text().find("another key than") != std::string::npos);
  how.text_key_file = here / "none";
  CHECK(log::writer::open(how, &why).error() == errc::access_refused);
  ::chmod(key.c_str(), 0644);
  how.text_key_file = key;
  CHECK(log::writer::open(how, &why).error() == errc::access_refused);
  ::chmod(key.c_str(), 0600);
  CHECK(log::writer::open(how, &why));
}

TEST_CASE("a sealed text that was changed, or has another's key, is damage and never another text") {
  const scratch here;
  const auto key = key_in(here, "text.key", 'a');
  std::uint64_t first = 0, second = 0;
  {
    auto writer = open_writer(sealed_in(here, key));
    first = append(*writer, of_call(7, name));
    second = append(*writer, of_call(8, name));
    writer->close();
  }
  const auto keys = here / "hot/000000000000.keys";
  const auto bytes = read_file(keys);
  const std::size_t head = sizeof(log::tail_head), each = sizeof(log::key_record);
  REQUIRE(bytes.size() == head + 2 * each);
  // The second one's record in the place of the first.
  patch_file(keys, head, bytes.substr(head + each, each));
  auto swapped = open_reader(here / "hot");
  CHECK(why_not(swapped, first) == errc::log_damaged);
  CHECK(text_at(swapped, second) == name);
  // A file that ends early.
  std::filesystem::resize_file(keys, head + each);
  auto shorter = open_reader(here / "hot");
  CHECK(why_not(shorter, second) == errc::log_damaged);
  std::filesystem::remove(keys);
  auto without = open_reader(here / "hot");
  CHECK(why_not(without, second) == errc::log_gone);
}
