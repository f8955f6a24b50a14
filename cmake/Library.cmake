# SPDX-License-Identifier: Apache-2.0
# The one library that users link, cordboard::cordboard: the objects of every part of src but the program's. src includes
# this when its parts are made. The C ABI is a library of its own, cordboard::c in bindings/c: it alone promises stable names.
get_property(parts GLOBAL PROPERTY CORDBOARD_PARTS)
get_property(libraries GLOBAL PROPERTY CORDBOARD_PART_LIBRARIES)
list(REMOVE_ITEM parts cli)
list(FILTER libraries EXCLUDE REGEX "^cordboard_")
list(REMOVE_DUPLICATES libraries)
set(objects "")
foreach(part ${parts})
  list(APPEND objects $<TARGET_OBJECTS:cordboard_${part}>)
endforeach()

add_library(cordboard ${objects})
add_library(cordboard::cordboard ALIAS cordboard)
set_target_properties(cordboard PROPERTIES
  LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(map ${CMAKE_CURRENT_LIST_DIR}/cordboard.map)
target_link_options(cordboard PRIVATE $<$<BOOL:${BUILD_SHARED_LIBS}>:LINKER:--version-script=${map}>)
set_target_properties(cordboard PROPERTIES LINK_DEPENDS ${map})
target_compile_features(cordboard PUBLIC cxx_std_20)
target_include_directories(cordboard PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(cordboard PUBLIC tl::expected Threads::Threads PRIVATE fmt::fmt ${libraries})
