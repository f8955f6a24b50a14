// SPDX-License-Identifier: Apache-2.0
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <unistd.h>

namespace cordboard::python {

/// While it lives, this thread goes without the interpreter's lock.
///
/// Not pybind11's own: when the interpreter is ending, a thread that wants the lock back is ended instead, by unwinding its stack,
/// and what holds Python's objects there would let go of them without the lock, while the interpreter is taken down. Such a thread
/// stays where it is instead, until the process ends, as it does from Python 3.14 on.
class unlocked {
public:
  unlocked() : state_(PyEval_SaveThread()) {}
  unlocked(const unlocked&) = delete;
  unlocked& operator=(const unlocked&) = delete;
  ~unlocked() {
    try {
      PyEval_RestoreThread(state_);
    } catch (...) {
      for (;;) ::pause();
    }
  }

private:
  PyThreadState* state_;
};

}  // namespace cordboard::python
