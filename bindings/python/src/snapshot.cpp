// SPDX-License-Identifier: Apache-2.0
// The house at one sequence, as plain tuples: the package makes its records of them.
#include "snapshot.hpp"

#include <pybind11/stl.h>

#include <cordboard/snapshot.hpp>
#include <utility>

namespace cordboard::python {
namespace {

template <class Id>
std::vector<std::uint64_t> plain(const std::vector<Id>& ids) {
  std::vector<std::uint64_t> all;
  all.reserve(ids.size());
  for (const Id id : ids) all.push_back(id.value);
  return all;
}

/// The bytes of a text that may be cut in a character: as Python takes such.
py::object text(const std::string& of) {
  return py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(of.data(), static_cast<Py_ssize_t>(of.size()), "surrogateescape"));
}

py::tuple of(const snapshot_call& c) {
  return py::make_tuple(c.id.value, static_cast<unsigned>(c.state), c.revision, c.since_ns, c.caller.value,
                        static_cast<unsigned>(c.custodian), c.keeper, c.operator_.value, c.queue.value, c.parent.value,
                        c.consultation.value, static_cast<unsigned>(c.transfer));
}
py::tuple of(const snapshot_connection& c) {
  return py::make_tuple(c.call.value, c.leg.value, c.party.value, c.device.value, c.operator_.value,
                        static_cast<unsigned>(c.state));
}
py::tuple of(const snapshot_party& p) {
  return py::make_tuple(p.id.value, static_cast<unsigned>(p.role), static_cast<unsigned>(p.custodian), p.keeper, p.call.value,
                        p.leg.value, p.identity, text(p.number), text(p.name));
}
py::tuple of(const snapshot_operator& o) {
  return py::make_tuple(o.id.value, static_cast<unsigned>(o.state), o.device.value, o.since_ns, text(o.name), plain(o.calls));
}
py::tuple of(const snapshot_queue& q) { return py::make_tuple(q.id.value, text(q.number), text(q.name), plain(q.waiting)); }
py::tuple of(const snapshot_device& d) {
  return py::make_tuple(d.id.value, static_cast<unsigned>(d.kind), d.department, d.registered, text(d.number), text(d.name));
}
py::tuple of(const snapshot_wait& w) {
  return py::make_tuple(w.call.value, w.queue.value, w.position, w.expected_ns, w.since_ns);
}
py::tuple of(const snapshot_request& r) {
  return py::make_tuple(r.id.value, text(r.shown), text(r.kind_name), text(r.stage), static_cast<unsigned>(r.status),
                        static_cast<unsigned>(r.may_call), r.operator_.value, r.device.value, r.backup.value,
                        r.backup_device.value, r.opened_ns, r.first_contact_ns, r.due_ns, r.promised_ns, r.call_at_ns,
                        r.appointment_ns, r.attempt.value, r.attempts, r.level, r.call_due, r.overdue, r.arrived, r.kind,
                        r.year, r.number);
}

template <class T>
py::list list(const std::vector<T>& from) {
  py::list all;
  for (const T& one : from) all.append(of(one));
  return all;
}

}  // namespace

py::tuple as_tuple(const snapshot& taken) {
  return py::make_tuple(taken.sequence, taken.time_ns, list(taken.calls), list(taken.connections), list(taken.parties),
                        list(taken.operators), list(taken.queues), list(taken.devices), list(taken.waits),
                        list(taken.requests));
}

}  // namespace cordboard::python
