# SPDX-License-Identifier: Apache-2.0
# The one library that users link, cordboard::cordboard: the objects of every part of src but the program's. bindings/c adds the C
# functions by target_sources, and cordboard.map says what a shared library shows. src includes this when its parts are made.
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
target_compile_features(cordboard PUBLIC cxx_std_20)
target_include_directories(cordboard PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(cordboard PUBLIC tl::expected Threads::Threads PRIVATE fmt::fmt ${libraries})
set(map ${PROJECT_SOURCE_DIR}/bindings/c/cordboard.map)
if(BUILD_SHARED_LIBS AND EXISTS ${map})
  target_link_options(cordboard PRIVATE -Wl,--version-script=${map})
  set_property(TARGET cordboard APPEND PROPERTY LINK_DEPENDS ${map})
endif()

if(CORDBOARD_INSTALL)
  include(CMakePackageConfigHelpers)
  set(cordboard_cmake ${CMAKE_INSTALL_LIBDIR}/cmake/cordboard)
  install(TARGETS cordboard EXPORT cordboard)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/cordboard DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h PATTERN *.hpp)
  install(EXPORT cordboard NAMESPACE cordboard:: FILE cordboardTargets.cmake DESTINATION ${cordboard_cmake})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cordboardConfig.cmake.in ${PROJECT_BINARY_DIR}/cordboardConfig.cmake
    INSTALL_DESTINATION ${cordboard_cmake})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/cordboardConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/cordboardConfig.cmake ${PROJECT_BINARY_DIR}/cordboardConfigVersion.cmake
    DESTINATION ${cordboard_cmake})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/cordboard.pc.in ${PROJECT_BINARY_DIR}/cordboard.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/cordboard.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
