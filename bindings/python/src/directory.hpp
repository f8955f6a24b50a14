// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pybind11/pybind11.h>

namespace cordboard::python {

/// Adds `DirectoryFile` and `normalise_number` to the module.
void add_directory(pybind11::module_& m);

}  // namespace cordboard::python
