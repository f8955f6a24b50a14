// SPDX-License-Identifier: Apache-2.0
#include "house.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <log/clock.hpp>
#include <runtime/random.hpp>
#include <snapshot/history.hpp>
#include <unistd.h>

namespace cordboard::runtime_test {
namespace {

std::string made(std::string name) {
  if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
  return name;
}

device_config phone(const std::string& number, bool department = false, consent_policy policy = consent_policy::required) {
  device_config d;
  d.number = number;
  d.name = "phone " + number;
  d.department = department;
  d.consent = policy;
  d.password = "p";
  return d;
}

}  // namespace

folders::folders() : run(made("/tmp/cordboard-run-XXXXXX")), hot(made("/dev/shm/cordboard-hot-XXXXXX")) {}
folders::~folders() {
  std::filesystem::remove_all(run);
  std::filesystem::remove_all(hot);
}

config small_house(const std::string& run, const std::string& hot) {
  config c;
  c.run = run;
  c.log.hot = hot;
  c.loopback = true;
  c.house.devices = {phone("1001"), phone("1002"), phone("1000"), phone("8001", true),
                     phone("8002", true, consent_policy::blind)};
  c.house.devices[2].supervisor = true;
  device_config trunk;
  trunk.number = trunk.name = "city";
  trunk.kind = device_kind::trunk;
  trunk.addresses = {"127.0.0.2"};
  trunk.targets = {"sip:127.0.0.2:5080"};
  c.house.devices.push_back(trunk);
  c.house.operators = {{"Zhang Min", "1001", {}, false}, {"Li Hua", "1002", {}, false}};
  auto& switchboard = c.house.queues.emplace_back();
  switchboard.number = "9000";
  switchboard.name = "Switchboard";
  switchboard.operators = {"Zhang Min", "Li Hua"};
  switchboard.supervisor = "1000";
  switchboard.wait_limit = std::chrono::minutes(3);
  c.house.users = {{"tests", geteuid(), 31}};
  return c;
}

bool eventually(const std::function<bool()>& so) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return so();
}

board_on_thread::board_on_thread(config with, runtime::service::options how) : commands_(with.commands_max) {
  std::promise<std::exception_ptr> begun;
  thread_ = std::thread([&, this] {
    try {
      service_ = std::make_unique<runtime::service>(std::move(with), commands_, std::move(how));
    } catch (...) {
      return begun.set_value(std::current_exception());
    }
    begun.set_value(nullptr);
    error_ = service_->run();
    stopped_.set_value();
    service_.reset();
  });
  if (const auto failed = begun.get_future().get()) {
    thread_.join();
    std::rethrow_exception(failed);
  }
}

board_on_thread::~board_on_thread() {
  if (thread_.joinable()) stop();
}

std::error_code board_on_thread::stop() {
  service_->stop();
  return wait();
}

std::error_code board_on_thread::wait() {
  thread_.join();
  return error_;
}

answered board_on_thread::exec(command what) {
  static runtime::random_source random;
  if (!what.id) what.id = {random.next(), random.next()};
  if (what.deadline_ns == 0) what.deadline_ns = log::wall_time_ns() + 10'000'000'000;
  struct shared {
    answered so_far;
    std::promise<answered> all;
  };
  const auto told = std::make_shared<shared>();
  auto future = told->all.get_future();
  const auto why = commands_.try_push({what,
                                       [told](answer_to_submit answer) {
                                         told->so_far.answer = answer;
                                         if (answer.code != errc{}) told->all.set_value(told->so_far);
                                         // The outcome may have come first: it can stand in the batch that accepts.
                                         else if (told->so_far.end)
                                           told->all.set_value(told->so_far);
                                       },
                                       [told](const event& end) {
                                         told->so_far.end = end;
                                         if (told->so_far.answer.sequence != 0) told->all.set_value(told->so_far);
                                       }});
  if (why != errc{}) return {{why, 0}, {}};
  REQUIRE(future.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  return future.get();
}

void board_on_thread::on_loop(const std::function<void(runtime::service&)>& work) {
  const auto done = std::make_shared<std::promise<void>>();
  service_->loop().post([&, done] {
    work(*service_);
    done->set_value();
  });
  REQUIRE(done->get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
}

call_id board_on_thread::call_in(const std::string& called, const std::string& number) {
  static runtime::random_source random;
  loopback_call call{"city", called, number, "caller", leg_id{random.next()}, call_id{random.next()}, party_id{random.next()}};
  on_loop([&](runtime::service& s) { s.loopback()->call_in(call); });
  return call.call;
}

void board_on_thread::behave(const std::string& number, loopback_phone how) {
  on_loop([&](runtime::service& s) { s.loopback()->behave(number, how); });
}
void board_on_thread::answer(const std::string& number) {
  on_loop([&](runtime::service& s) { s.loopback()->answer(number); });
}
void board_on_thread::hang_up(const std::string& number) {
  on_loop([&](runtime::service& s) { s.loopback()->hang_up(number); });
}

bool board_on_thread::sees(const std::function<bool(const board_state&)>& so) {
  return eventually([&] {
    bool is = false;
    on_loop([&](runtime::service& s) { is = so(s.state()); });
    return is;
  });
}

std::vector<logged> read_all(const std::string& place) {
  std::vector<logged> all;
  auto reader = log_reader::open(place);
  REQUIRE(reader.has_value());
  REQUIRE(reader->after(0).has_value());
  for (;;) {
    const auto events = reader->next();
    REQUIRE(events.has_value());
    if (events->empty()) return all;
    for (const auto& e : *events) all.push_back(history::with_text(*reader, e));
  }
}

board_state fold(const std::vector<logged>& events) {
  board_state state;
  for (const auto& e : events) evolve(state, e);
  return state;
}

std::vector<event_kind> kinds_of(const std::vector<logged>& events, call_id call) {
  std::vector<event_kind> kinds;
  for (const auto& e : events)
    if (e.record.call == call) kinds.push_back(e.record.kind);
  return kinds;
}

}  // namespace cordboard::runtime_test
