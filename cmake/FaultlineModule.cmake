# SPDX-License-Identifier: GPL-2.0-or-later

# faultline_module(NAME SOURCES a.cc … LINK faultline_base … [PRIVATE lib …])
# One static library `faultline_NAME`; LINK edges are public and are the architecture.
function(faultline_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_library(faultline_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(faultline_${name} PUBLIC faultline_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
endfunction()

# faultline_test(NAME LABEL unit SOURCES a_test.cc … LINK faultline_base …)
# One GoogleTest program whose tests ctest knows one by one. Exit status 77 means skipped.
function(faultline_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  # A sanitizer makes a program five to twenty times slower.
  if(FAULTLINE_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 10")
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE faultline_options ${ARG_LINK} GTest::gmock GTest::gtest_main)
  # What is tested is optimised; the tests themselves run once, and compile in half the time.
  target_compile_options(${name} PRIVATE -O0)
  target_compile_definitions(${name} PRIVATE
    FAULTLINE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" FAULTLINE_BINARY_DIR="${PROJECT_BINARY_DIR}")
  # Guests, kernels and browsers want the machine for themselves; the rest shares it.
  set(serial OFF)
  if(NOT ARG_LABEL MATCHES "^(unit|libvirt)$")
    set(serial ON)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} RUN_SERIAL ${serial}
               ${FAULTLINE_SANITIZER_ENVIRONMENT})
endfunction()
