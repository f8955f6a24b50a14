# SPDX-License-Identifier: Apache-2.0
# CORDBOARD_SANITIZE: a list of what -fsanitize= takes; empty for none. The presets asan, tsan and fuzz set it.
# CORDBOARD_COVERAGE: count lines and branches.
# CORDBOARD_PYTHON_ENVIRONMENT: what a test that loads our module into /usr/bin/python3 needs in its environment, since the
# interpreter itself is not instrumented: set_tests_properties(NAME PROPERTIES ENVIRONMENT "${CORDBOARD_PYTHON_ENVIRONMENT};…").
set(CORDBOARD_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address;undefined or thread")
option(CORDBOARD_COVERAGE "Instrument for coverage" OFF)
set(CORDBOARD_PYTHON_ENVIRONMENT "")

if(CORDBOARD_SANITIZE)
  list(JOIN CORDBOARD_SANITIZE "," cordboard_sanitize)
  add_compile_options(-fsanitize=${cordboard_sanitize} -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${cordboard_sanitize})
  if("thread" IN_LIST CORDBOARD_SANITIZE)
    # The sanitizer does not see atomic_thread_fence; Asio's fenced blocks would be reported as races.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    set(cordboard_runtimes libtsan.so)
    list(APPEND CORDBOARD_PYTHON_ENVIRONMENT "TSAN_OPTIONS=suppressions=${CMAKE_CURRENT_LIST_DIR}/tsan.supp")
  elseif("address" IN_LIST CORDBOARD_SANITIZE)
    # The interpreter keeps memory until it exits, so its leaks say nothing about us.
    set(cordboard_runtimes libasan.so)
    list(APPEND CORDBOARD_PYTHON_ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0")
  endif()
  if(cordboard_runtimes AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # libstdc++ beside the runtime: without it the runtime finds no __cxa_throw to intercept when the interpreter starts.
    foreach(name ${cordboard_runtimes} libstdc++.so)
      execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${name} OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE)
      file(REAL_PATH "${path}" path)
      list(APPEND cordboard_preload "${path}")
    endforeach()
    list(JOIN cordboard_preload ":" cordboard_preload)
    list(APPEND CORDBOARD_PYTHON_ENVIRONMENT "LD_PRELOAD=${cordboard_preload}")
  endif()
endif()
if(CORDBOARD_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
