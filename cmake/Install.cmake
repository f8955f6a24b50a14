# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where: both libraries, the public headers, and how find_package and pkg-config find them.
include(CMakePackageConfigHelpers)
set(cordboard_cmake ${CMAKE_INSTALL_LIBDIR}/cmake/cordboard)
install(TARGETS cordboard EXPORT cordboard)
if(TARGET cordboard_c)
  set_target_properties(cordboard_c PROPERTIES EXPORT_NAME c INTERFACE_INCLUDE_DIRECTORIES
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>;$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  install(TARGETS cordboard_c EXPORT cordboard)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/cordboard DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h PATTERN *.hpp)
install(EXPORT cordboard NAMESPACE cordboard:: FILE cordboardTargets.cmake DESTINATION ${cordboard_cmake})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cordboardConfig.cmake.in ${PROJECT_BINARY_DIR}/cordboardConfig.cmake
  INSTALL_DESTINATION ${cordboard_cmake})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cordboardConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cordboardConfig.cmake ${PROJECT_BINARY_DIR}/cordboardConfigVersion.cmake
  DESTINATION ${cordboard_cmake})
# pkg-config finds the prefix from where its own file lies, so that the tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE prefix_from_pkgconfig)
foreach(library cordboard cordboard_c)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/cordboard.pc.in ${PROJECT_BINARY_DIR}/${library}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${library}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
