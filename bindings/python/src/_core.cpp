// SPDX-License-Identifier: Apache-2.0
// The private module under the package: the C++ API with records as bytes and events as `Slot`s. Whatever may wait does so without
// the interpreter's lock, and no Python object stands in a C++ global.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cordboard/command.hpp>
#include <cordboard/figures.hpp>
#include <cordboard/loopback.hpp>
#include <cordboard/log_reader.hpp>
#include <cordboard/version.h>
#include <cstddef>
#include <cstdint>
#include <door/door.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "directory.hpp"
#include "side_by_side.hpp"
#include "slot.hpp"
#include "snapshot.hpp"
#include "unlocked.hpp"

namespace py = pybind11;

namespace cordboard {
namespace {

/// What the package turns into one of its errors.
struct failed {
  std::error_code code;
  std::string detail;
};

template <class T>
T take(result<T> r) {
  if (!r) throw failed{r.error(), {}};
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

std::chrono::nanoseconds duration(double seconds) {
  // Above a month it is for ever; NaN and less than zero are no time at all.
  if (!(seconds > 0)) return std::chrono::nanoseconds(0);
  constexpr double most = 30 * 86400.0;
  return std::chrono::nanoseconds(static_cast<std::int64_t>((seconds < most ? seconds : most) * 1e9));
}

/// One place in a log. A mutex keeps to `log_reader`'s one thread at a time. Whoever waits for it does not have the interpreter's
/// lock; whoever has it may take that lock, and then makes objects only, which runs no code of Python.
class follower {
public:
  follower(const std::string& path, std::uint64_t after)
      : reader_(take(log_reader::open(path, {.verify = false, .events_at_once = 512}))) {
    take(reader_.after(after));
  }
  /// The events of the next whole batches; empty: nothing new.
  py::list next(const py::handle& maker, const py::handle& log) {
    must_make_events(maker);
    py::list all;  // first of all: it may collect garbage, and that may be whatever has a `__del__`
    std::vector<event> found;
    std::unique_lock lock(mutex_, std::defer_lock);
    std::span<const event> events;
    {
      const python::unlocked released;
      lock.lock();
      events = filtered_ ? gathered(found) : take(reader_.next());
    }
    for (const event& e : events) append(all, maker, e, log);
    return all;
  }
  /// Goes behind all that is there.
  void skip() {
    const std::lock_guard lock(mutex_);
    while (!take(reader_.next()).empty()) {
    }
  }
  void after(std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    take(reader_.after(sequence));
  }
  void since(std::int64_t time_ns) {
    const std::lock_guard lock(mutex_);
    take(reader_.since(time_ns));
  }
  void filter(const std::vector<std::uint16_t>& kinds, std::uint64_t call, std::uint64_t party, std::uint32_t device,
              std::uint32_t of_operator, std::uint32_t queue, std::uint64_t command_high, std::uint64_t command_low) {
    event_filter what{.call = {call}, .party = {party}, .device = {device}, .operator_ = {of_operator}, .queue = {queue}};
    for (const std::uint16_t kind : kinds) what.kinds.push_back(static_cast<event_kind>(kind));
    what.command = {command_high, command_low};
    const std::lock_guard lock(mutex_);
    filtered_ = what != event_filter{};
    reader_.filter(what);
  }
  std::uint64_t position() {
    const std::lock_guard lock(mutex_);
    return reader_.position();
  }
  bool wait(double seconds) {
    const std::lock_guard lock(mutex_);
    return reader_.wait(duration(seconds));
  }
  void interrupt() { reader_.interrupt(); }

private:
  /// What matches stands in short rows: copied together, so that it is not handed over one by one.
  std::span<const event> gathered(std::vector<event>& found) {
    while (found.size() < 256) {
      const auto events = reader_.next();
      if (!events && !found.empty()) break;  // the next call says so again
      if (take(events).empty()) break;
      found.insert(found.end(), events->begin(), events->end());
    }
    return found;
  }
  static void must_make_events(const py::handle& maker) {
    if (!python::is_event_maker(maker.ptr())) throw py::type_error("an EventMaker is expected");
  }
  static void append(py::list& to, const py::handle& maker, const event& e, const py::handle& log) {
    const auto made = py::reinterpret_steal<py::object>(python::make_event(maker.ptr(), e, log.ptr()));
    if (!made || PyList_Append(to.ptr(), made.ptr()) != 0) throw py::error_already_set();
  }

  std::mutex mutex_;
  log_reader reader_;
  bool filtered_ = false;
};

/// A segment is `sequence >> segment_bits`.
constexpr unsigned segment_bits = 18;

/// Looks things up in a log.
class log_file {
public:
  explicit log_file(const std::string& path) : reader_(take(log_reader::open(path))) {}

  py::bytes text(std::uint64_t sequence) {
    std::string copied;
    {
      const python::unlocked released;
      const std::lock_guard lock(mutex_);
      const event* of = take(reader_.at(sequence));
      if (of == nullptr) throw failed{errc::log_gone, "no such sequence"};
      copied = take(reader_.text(*of));
    }
    return copied;
  }
  /// The slot; nothing: there is no such event.
  py::object at(std::uint64_t sequence) {
    event found;
    {
      const python::unlocked released;
      const std::lock_guard lock(mutex_);
      const event* of = take(reader_.at(sequence));
      if (of != nullptr) found = *of;
    }
    if (found.sequence == 0) return py::none();
    return py::bytes(reinterpret_cast<const char*>(&found), sizeof found);
  }
  /// The last sequence before a time.
  std::uint64_t before(std::int64_t time_ns) {
    const std::lock_guard lock(mutex_);
    take(reader_.since(time_ns));
    return reader_.position();
  }
  std::pair<std::uint32_t, double> link() {
    const std::lock_guard lock(mutex_);
    const log_link now = reader_.link();
    return {static_cast<std::uint32_t>(now.state), std::chrono::duration<double>(now.age).count()};
  }
  std::vector<std::uint64_t> segments() {
    const std::lock_guard lock(mutex_);
    return take(reader_.segments());
  }
  /// All that is kept behind `after` and up to `until`, as one array.
  python::side_by_side array(std::uint64_t after, std::uint64_t until) {
    const std::lock_guard lock(mutex_);
    if (after != 0) take(reader_.after(after));
    for (int attempt = 1;; ++attempt) {
      std::vector<segment_view> parts;
      bool gone = false;
      for (const std::uint64_t number : take(reader_.segments())) {
        if (number < (after + 1) >> segment_bits || number > until >> segment_bits) continue;
        auto part = reader_.segment(number);
        gone = !part && part.error() == errc::log_gone;  // retention took it away between the two
        if (gone && attempt < 8) break;
        parts.push_back(take(std::move(part)));
      }
      if (!gone) return take(python::side_by_side::of(parts, after, until));
    }
  }
  std::uint64_t oldest() {
    const std::lock_guard lock(mutex_);
    return take(reader_.oldest());
  }
  std::uint64_t newest() {
    const std::lock_guard lock(mutex_);
    return take(reader_.newest());
  }
  std::uint64_t durable() {
    const std::lock_guard lock(mutex_);
    return reader_.durable_sequence();
  }
  bool writer_alive() {
    const std::lock_guard lock(mutex_);
    return reader_.writer_alive();
  }

private:
  std::mutex mutex_;
  log_reader reader_;
};

command record_of(std::string_view bytes) {
  if (bytes.size() != sizeof(command)) throw failed{errc::command_invalid, "a record is 512 bytes"};
  std::array<char, sizeof(command)> copied{};
  std::copy(bytes.begin(), bytes.end(), copied.begin());
  return std::bit_cast<command>(copied);
}

/// A board that is attached to, or one of this process.
class board_door {
public:
  explicit board_door(std::shared_ptr<bindings::door> to) : door_(std::move(to)) {}

  static board_door attach(const std::string& path) {
    diagnostics why;
    auto made = bindings::attach(path, why);
    if (!made) throw failed{made.error(), why.our_text()};
    return board_door(std::move(*made));
  }
  static board_door open(const std::string& file, const std::string& run, const std::string& log, std::uint32_t calls_max,
                         bool loopback) {
    diagnostics why;
    auto made = bindings::open({.file = file, .run = run, .log = log, .calls_max = calls_max, .loopback = loopback}, why);
    if (!made) throw failed{made.error(), why.our_text()};
    return board_door(std::move(*made));
  }
  std::string path() const { return door_->path(); }
  std::uint64_t submit(std::string_view record, double timeout) {
    const command c = record_of(record);
    const python::unlocked released;
    return take(door_->submit(c, duration(timeout)));
  }
  py::bytes outcome(std::string_view record, std::uint64_t accepted, double timeout) {
    const command c = record_of(record);
    event found;
    {
      const python::unlocked released;
      found = take(door_->outcome(c.id, accepted, duration(timeout)));
    }
    return {reinterpret_cast<const char*>(&found), sizeof found};
  }
  void close() { door_->close(); }
  bool behave(const std::string& number, std::uint32_t how) {
    if (how > static_cast<std::uint32_t>(loopback_phone::dead)) throw failed{errc::command_invalid, "no such behaviour"};
    return door_->behave(number, static_cast<loopback_phone>(how));
  }
  bool call_in(const std::string& trunk, const std::string& called, const std::string& number, const std::string& name,
               std::uint64_t call, std::uint64_t leg, std::uint64_t party) {
    return door_->call_in({trunk, called, number, name, {leg}, {call}, {party}});
  }
  bool answer(const std::string& number) { return door_->answer(number); }
  bool hang_up(const std::string& number) { return door_->hang_up(number); }

private:
  std::shared_ptr<bindings::door> door_;
};

/// An errc as it is, an errno as its negative.
std::int32_t number(const std::error_code& code) {
  if (code.category() == error_category()) return code.value();
  const auto condition = code.default_error_condition();
  return condition.category() == std::generic_category() ? -condition.value() : -EIO;
}

void translate(std::exception_ptr thrown) {
  try {
    if (thrown) std::rethrow_exception(std::move(thrown));
  } catch (const failed& f) {
    const py::object error = py::module_::import("cordboard.errors").attr("of")(number(f.code), f.detail);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  }
}

}  // namespace
}  // namespace cordboard

PYBIND11_MODULE(_core, m) {
  using namespace cordboard;
  using without_lock = py::call_guard<python::unlocked>;
  m.doc() = "The private module under the package.";
  m.attr("VERSION") = CORDBOARD_VERSION;
  py::register_exception_translator(&translate);
  for (const auto& [name, make] : {std::pair{"Slot", &python::make_slot_type}, std::pair{"Field", &python::make_field_type},
                                   std::pair{"EventMaker", &python::make_event_maker_type}}) {
    auto type = py::reinterpret_steal<py::object>(make());
    if (!type) throw py::error_already_set();
    m.attr(name) = std::move(type);
  }
  m.def(
      "event_class",
      [](const py::handle& cls) {
        auto made = py::reinterpret_steal<py::object>(python::make_event_class(cls.ptr()));
        if (!made) throw py::error_already_set();
        return made;
      },
      py::arg("cls"));

  python::add_directory(m);
  m.def(
      "read_figures",
      [](const std::string& log, const figures_request& asked) {
        diagnostics why;
        const auto made = read_figures(log, asked, &why);
        if (!made) throw failed{made.error(), why.our_text()};
        using value = std::tuple<std::optional<double>, std::int64_t, std::int64_t>;
        std::vector<std::string> names;
        for (const figure* one : made->figures) names.emplace_back(one->name);
        std::vector<std::pair<std::vector<std::string>, std::vector<value>>> rows;
        for (const figures_row& row : made->rows) {
          auto& [labels, values] = rows.emplace_back();
          labels = row.labels;
          for (std::size_t i = 0; i < names.size(); ++i)
            values.emplace_back(row.values[i].in(made->figures[i]->unit), row.values[i].numerator, row.values[i].denominator);
        }
        const figures_closure& c = made->closure;
        return std::tuple(made->title, made->from, made->to, made->position, made->gaps,
                          std::tuple(c.entered, c.left, c.at_start, c.at_end, c.holds()), std::move(names), std::move(rows));
      },
      py::arg("log"), py::arg("asked"), without_lock());
  m.def(
      "read_figure_entries",
      [](const std::string& log, const figures_request& asked, const std::string& figure) {
        diagnostics why;
        const auto found = read_figure_entries(log, asked, figure, &why);
        if (!found) throw failed{found.error(), why.our_text()};
        using line = std::tuple<std::int64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t, std::uint32_t,
                                std::uint32_t, std::int64_t, std::int64_t>;
        std::vector<line> out;
        out.reserve(found->size());
        for (const figure_entry& e : *found)
          out.emplace_back(e.at, e.call.value, e.request.value, e.sequence, e.queue.value, e.operator_.value, e.device.value,
                           e.length, e.amount);
        return out;
      },
      py::arg("log"), py::arg("asked"), py::arg("figure"), without_lock());
  py::class_<figures_request>(m, "FiguresRequest")
      .def(py::init([](unsigned period, std::string date, std::string zone, const std::vector<std::string>& by,
                       std::vector<std::string> of, std::vector<std::string> figures, std::uint32_t target,
                       std::uint32_t shortly, std::uint32_t rings, bool drills, std::vector<std::string> kinds,
                       std::string summaries) {
             figures_request asked{static_cast<figure_period>(period),
                                   std::move(date),
                                   std::move(zone),
                                   {},
                                   std::move(of),
                                   std::move(figures),
                                   target,
                                   shortly,
                                   rings,
                                   drills,
                                   std::move(kinds),
                                   std::move(summaries)};
             for (const std::string& word : by) {
               const auto dimension = read_figure_dimension(word);
               if (!dimension) throw failed{std::make_error_code(std::errc::invalid_argument), "no such dimension: " + word};
               asked.by.push_back(*dimension);
             }
             return asked;
           }),
           py::arg("period"), py::arg("date"), py::arg("zone"), py::arg("by"), py::arg("of"), py::arg("figures"),
           py::arg("target"), py::arg("short"), py::arg("rings"), py::arg("drills"), py::arg("kinds"), py::arg("summaries"));
  m.def(
      "take_snapshot",
      [](const std::string& path, std::uint64_t at) {
        snapshot taken;
        {
          const python::unlocked released;
          diagnostics why;
          auto made = take_snapshot(path, at, &why);
          if (!made) throw failed{made.error(), why.our_text()};
          taken = std::move(*made);
        }
        return python::as_tuple(taken);
      },
      py::arg("path"), py::arg("at"));

  py::class_<python::side_by_side>(m, "SideBySide", py::buffer_protocol()).def_buffer([](python::side_by_side& all) {
    const auto bytes = std::as_bytes(all.slots());
    return py::buffer_info(const_cast<std::byte*>(bytes.data()), 1, "B", static_cast<py::ssize_t>(bytes.size()), true);
  });

  py::class_<follower>(m, "Follower")
      .def(py::init<const std::string&, std::uint64_t>(), py::arg("path"), py::arg("after"), without_lock())
      .def("next", &follower::next, py::arg("maker"), py::arg("log"))
      .def("skip", &follower::skip, without_lock())
      .def("after", &follower::after, py::arg("sequence"), without_lock())
      .def("since", &follower::since, py::arg("time_ns"), without_lock())
      .def("filter", &follower::filter, py::arg("kinds"), py::arg("call"), py::arg("party"), py::arg("device"),
           py::arg("operator"), py::arg("queue"), py::arg("command_high"), py::arg("command_low"), without_lock())
      .def("position", &follower::position, without_lock())
      .def("wait", &follower::wait, py::arg("seconds"), without_lock())
      .def("interrupt", &follower::interrupt);

  py::class_<log_file>(m, "LogFile")
      .def(py::init<const std::string&>(), py::arg("path"), without_lock())
      .def("text", &log_file::text, py::arg("sequence"))
      .def("at", &log_file::at, py::arg("sequence"))
      .def("before", &log_file::before, py::arg("time_ns"), without_lock())
      .def("link", &log_file::link, without_lock())
      .def("segments", &log_file::segments, without_lock())
      .def("array", &log_file::array, py::arg("after"), py::arg("until"), without_lock())
      .def("oldest", &log_file::oldest, without_lock())
      .def("newest", &log_file::newest, without_lock())
      .def("durable", &log_file::durable, without_lock())
      .def("writer_alive", &log_file::writer_alive, without_lock());

  py::class_<board_door>(m, "Door")
      .def_static("attach", &board_door::attach, py::arg("path"), without_lock())
      .def_static("open", &board_door::open, py::arg("file"), py::arg("run"), py::arg("log"), py::arg("calls_max"),
                  py::arg("loopback"), without_lock())
      .def("path", &board_door::path)
      .def("submit", &board_door::submit, py::arg("record"), py::arg("timeout"))
      .def("outcome", &board_door::outcome, py::arg("record"), py::arg("accepted"), py::arg("timeout"))
      .def("close", &board_door::close, without_lock())
      .def("behave", &board_door::behave, py::arg("number"), py::arg("how"), without_lock())
      .def("call_in", &board_door::call_in, py::arg("trunk"), py::arg("called"), py::arg("number"), py::arg("name"),
           py::arg("call"), py::arg("leg"), py::arg("party"), without_lock())
      .def("answer", &board_door::answer, py::arg("number"), without_lock())
      .def("hang_up", &board_door::hang_up, py::arg("number"), without_lock());
}
