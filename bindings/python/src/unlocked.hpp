// SPDX-License-Identifier: Apache-2.0
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

namespace cordboard::python {

/// While it lives, this thread goes without the interpreter's lock.
///
/// Not pybind11's own: when the interpreter is ending, a thread that wants the lock back is ended instead, by unwinding its stack;
/// a destructor that lets nothing through would make that the end of the process, by a signal.
class unlocked {
public:
  unlocked() : state_(PyEval_SaveThread()) {}
  unlocked(const unlocked&) = delete;
  unlocked& operator=(const unlocked&) = delete;
  ~unlocked() noexcept(false) { PyEval_RestoreThread(state_); }  // NOLINT(bugprone-exception-escape)

private:
  PyThreadState* state_;
};

}  // namespace cordboard::python
