// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <sim.hpp>
#include <stdexcept>
#include <store/schema.hpp>

namespace cordboard::store_test {

own_store::own_store() {
  const char* server = std::getenv("CORDBOARD_POSTGRESQL");
  if (server != nullptr) where.postgresql = server;
  if (server == nullptr) where.path = folder_ / "store.db";
  where.key_file = folder_ / "key";
  store::make_master(where.key_file);
  drop();
  store::migrate(*open());
}
own_store::~own_store() {
  try {
    drop();
  } catch (const store::database_error& wrong) {
    fmt::print(stderr, "{}\n", wrong.what());
  }
}
void own_store::drop() const {
  if (on_server()) store::open_postgresql(where.postgresql)->script("DROP SCHEMA cordboard CASCADE");
}

story::story() : options_(log_test::options_in(folder_)) {
  options_.wall = [] { return nine - 3600 * second; };
  writer_ = log_test::open_writer(options_);
}

event& story::next(event_kind kind) {
  made_ = event{};
  made_.kind = kind;
  made_.time_ns = now_;
  return made_;
}

std::uint64_t story::say(const event& e, const std::string& text) {
  logged one{e, text, tail::text};
  return log_test::append(*writer_, one);
}

std::uint64_t story::call(const std::string& number, const std::string& name, const std::string& note, std::uint32_t who) {
  const call_id id{++ids_};
  const party_id caller{++ids_};
  const auto make = [&](event_kind kind) -> event& {
    event& e = next(kind);
    e.call = id;
    e.party = caller;
    return e;
  };
  event& began = make(event_kind::originated);
  began.detail = static_cast<std::uint16_t>(party_role::caller);
  began.device = device_id{3};
  say(began, "8000");
  say(make(event_kind::party_identified), number + '\t' + name);
  event& in = make(event_kind::queued);
  in.queue = queue_id{1};
  in.flags = 4;
  say(in);
  now_ += 5 * second;
  event& out = make(event_kind::queue_left);
  out.queue = queue_id{1};
  out.operator_ = operator_id{who};
  out.detail = static_cast<std::uint16_t>(queue_result::answered);
  out.state = 1;
  say(out);
  event& has = make(event_kind::custody_moved);
  has.custodian = custodian::operator_;
  has.operator_ = operator_id{who};
  say(has);
  if (!note.empty()) say(make(event_kind::data_associated), note);
  now_ += 295 * second;
  event& ended = make(event_kind::custody_moved);
  ended.custodian = custodian::ended;
  ended.cause = cause::normal_clearing;
  say(ended);
  event& cleared = make(event_kind::call_cleared);
  cleared.cause = cause::normal_clearing;
  say(cleared);
  return id.value;
}

std::uint64_t play_into(log::writer& to, std::uint64_t seed, std::uint64_t steps) {
  sim::course how;
  std::uint64_t events = 0;
  how.around.next = [&] { return to.next(); };
  how.around.committed = [&](std::vector<logged>& batch) {
    events += batch.size();
    if (const auto done = to.append(batch); !done) throw std::runtime_error(done.error().message());
  };
  const auto played = sim::run(seed, steps, {}, how);
  if (!played.failure.empty()) throw std::runtime_error(played.failure);
  return events;
}

std::uint64_t fill(const own_store& to, const std::string& log) {
  const auto in = to.open();
  auto keys = to.keys(*in);
  auto from = log_test::open_reader(log);
  store::follower rows(*in, keys, from);
  std::uint64_t all = 0;
  for (std::uint64_t some = rows.step(); some != 0; some = rows.step()) all += some;
  return all;
}

std::vector<std::string> rows_of(store::database& in) {
  std::vector<std::string> out;
  for (const store::folded_table& table : store::folded_tables())
    in.each(fmt::format("SELECT * FROM {}", table.name), std::initializer_list<store::value>{}, [&](store::row r) {
      std::string line(table.name);
      for (const store::value& v : r) line += fmt::format(" {}:{}", v.index(), store::text_of(v));
      out.push_back(line);
      return true;
    });
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace cordboard::store_test
