// SPDX-License-Identifier: Apache-2.0
// The directory, as plain tuples: the package makes its records of them.
#include "directory.hpp"

#include <pybind11/stl.h>

#include <cordboard/directory.hpp>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "unlocked.hpp"

namespace py = pybind11;

namespace cordboard::python {
namespace {

using number = std::tuple<int, std::string, std::string>;
using entry_number = std::tuple<number, int, std::vector<std::pair<int, int>>>;
using entry = std::tuple<std::string, int, std::string, std::vector<std::string>, std::string, std::string,
                         std::vector<std::string>, std::vector<std::string>, std::vector<entry_number>>;
using on_duty = std::tuple<std::string, std::string, std::int64_t, std::int64_t, bool>;

number of(const phone_number& n) { return {static_cast<int>(n.kind), n.number, n.extension}; }
entry_number of(const directory_number& n) {
  std::vector<std::pair<int, int>> when;
  for (const auto span : n.when) when.emplace_back(span.from, span.to);
  return {of(n.number), static_cast<int>(n.see), std::move(when)};
}
entry of(const directory_entry& e, disclosure see) {
  std::vector<entry_number> numbers;
  for (const auto& n : e.numbers)
    if (n.see <= see) numbers.push_back(of(n));
  return {e.id,    static_cast<int>(e.kind), e.name,      e.other_names,     e.department,
          e.title, e.specialities,           e.languages, std::move(numbers)};
}
on_duty of(const duty& d) { return {d.post, d.person, d.from, d.to, d.backup}; }

/// A directory that is in order; else the sentences of what is wrong are the error.
class directory_file {
public:
  directory_file(const std::string& csv, const std::string& roster, std::string area_code, unsigned extension_digits,
                 std::string time_zone) {
    directory_options how;
    how.plan = {std::move(area_code), {}, static_cast<std::uint8_t>(extension_digits)};
    how.time_zone = std::move(time_zone);
    loaded_ = directory::read(csv, roster, how);
  }
  /// Line, column and sentence of everything that is wrong, in the directory and in the roster.
  std::pair<std::vector<std::string>, std::vector<std::string>> problems() const {
    std::pair<std::vector<std::string>, std::vector<std::string>> all;
    for (const auto& p : loaded_.problems) all.first.push_back(describe(p, "", language::en).substr(1));
    for (const auto& p : loaded_.roster_problems) all.second.push_back(describe(p, "", language::en).substr(1));
    return all;
  }
  std::vector<entry> entries(int see) const {
    std::vector<entry> all;
    for (const auto& e : loaded_.value.entries()) all.push_back(of(e, static_cast<disclosure>(see)));
    return all;
  }
  std::vector<std::pair<entry, int>> search(const std::string& query, int see, std::size_t count) const {
    std::vector<std::pair<entry, int>> found;
    const auto level = static_cast<disclosure>(see);
    for (const auto& hit : loaded_.value.search(query, {level, count})) found.emplace_back(of(*hit.entry, level), hit.score);
    return found;
  }
  std::vector<entry_number> numbers_of(const std::string& id, std::int64_t at, int see) const {
    std::vector<entry_number> now;
    const auto* e = loaded_.value.find(id);
    if (e == nullptr) throw py::key_error(id);
    for (const auto& n : loaded_.value.numbers_of(*e, at, static_cast<disclosure>(see))) now.push_back(of(n));
    return now;
  }
  std::vector<on_duty> duty_at(const std::string& post, std::int64_t at) const {
    std::vector<on_duty> there;
    for (const auto& d : loaded_.value.on_duty(post, at)) there.push_back(of(d));
    return there;
  }
  std::vector<std::tuple<int, std::string, std::string, std::string, std::int64_t, std::int64_t>> warnings(
      std::int64_t from, std::int64_t to) const {
    std::vector<std::tuple<int, std::string, std::string, std::string, std::int64_t, std::int64_t>> all;
    for (const auto& w : loaded_.value.check_duties(from, to))
      all.emplace_back(static_cast<int>(w.what), w.post, w.person, w.other, w.from, w.to);
    return all;
  }
  std::string to_csv(int see) const { return loaded_.value.to_csv(static_cast<disclosure>(see)); }

private:
  loaded_directory loaded_;
};

}  // namespace

void add_directory(py::module_& m) {
  using without_lock = py::call_guard<unlocked>;
  py::class_<directory_file>(m, "DirectoryFile")
      .def(py::init<const std::string&, const std::string&, std::string, unsigned, std::string>(), py::arg("csv"),
           py::arg("roster"), py::arg("area_code"), py::arg("extension_digits"), py::arg("time_zone"), without_lock())
      .def("problems", &directory_file::problems, without_lock())
      .def("entries", &directory_file::entries, py::arg("see"), without_lock())
      .def("search", &directory_file::search, py::arg("query"), py::arg("see"), py::arg("count"), without_lock())
      .def("numbers_of", &directory_file::numbers_of, py::arg("id"), py::arg("at"), py::arg("see"))
      .def("on_duty", &directory_file::duty_at, py::arg("post"), py::arg("at"), without_lock())
      .def("warnings", &directory_file::warnings, py::arg("start"), py::arg("end"), without_lock())
      .def("to_csv", &directory_file::to_csv, py::arg("see"), without_lock());
  m.def(
      "normalise_number",
      [](const std::string& text, std::string area_code, std::string outside_prefix, unsigned extension_digits, bool inside) {
        const number_plan plan{std::move(area_code), std::move(outside_prefix), static_cast<std::uint8_t>(extension_digits)};
        return of(normalise_number(text, plan, inside ? number_from::inside : number_from::outside));
      },
      py::arg("text"), py::arg("area_code"), py::arg("outside_prefix"), py::arg("extension_digits"), py::arg("inside"));
}

}  // namespace cordboard::python
