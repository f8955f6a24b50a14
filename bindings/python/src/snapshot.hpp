// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pybind11/pybind11.h>

#include <cordboard/snapshot.hpp>

namespace cordboard::python {

namespace py = pybind11;

/// sequence, time, and a list each of calls, connections, parties, operators, queues and devices; fields in the header's order.
py::tuple as_tuple(const snapshot& taken);

}  // namespace cordboard::python
