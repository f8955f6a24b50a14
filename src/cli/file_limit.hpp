// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/resource.h>

namespace cordboard::cli {

/// A call takes four sockets and a client one, and a shell gives 1,024 files where the machine would give a hundred times as many.
inline void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace cordboard::cli
