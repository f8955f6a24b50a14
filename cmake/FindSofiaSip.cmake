# SPDX-License-Identifier: Apache-2.0
# SofiaSip::SofiaSip: sofia-sip comes with pkg-config only; its headers are not ours to warn about.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(SofiaSip_PC QUIET IMPORTED_TARGET sofia-sip-ua)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SofiaSip REQUIRED_VARS SofiaSip_PC_LINK_LIBRARIES SofiaSip_PC_INCLUDE_DIRS VERSION_VAR SofiaSip_PC_VERSION)
if(SofiaSip_FOUND AND NOT TARGET SofiaSip::SofiaSip)
  add_library(SofiaSip::SofiaSip INTERFACE IMPORTED)
  target_link_libraries(SofiaSip::SofiaSip INTERFACE PkgConfig::SofiaSip_PC)
endif()
