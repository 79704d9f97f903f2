# SPDX-License-Identifier: GPL-2.0-or-later
# Language level, warnings, sanitizers, compiler cache: the same for every target of the host.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

set(FAULTLINE_SANITIZE "" CACHE STRING
    "Sanitizers of the host's programs: empty, 'address,undefined' or 'thread'")

# Line numbers are what a backtrace of a release or of a sanitizer needs; types and variables besides would take a
# quarter of the time to compile. For a debugger there is the preset dev.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
if(FAULTLINE_SANITIZE)
  set(CMAKE_C_FLAGS_DEBUG "-g1")
  set(CMAKE_CXX_FLAGS_DEBUG "-g1")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# Everything that runs on the host links this; the guest's static programs do not.
add_library(faultline_options INTERFACE)
target_compile_options(faultline_options INTERFACE -Wall -Wextra -Werror)
# GCC 12 reports false positives of these inside libstdc++ and coroutines (GCC bugs 105562, 105329, 103993).
target_compile_options(faultline_options INTERFACE
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict;-Wno-maybe-uninitialized;-Wno-mismatched-new-delete>)
# Asio has fences that ThreadSanitizer does not model; it says so for every file.
if(FAULTLINE_SANITIZE STREQUAL "thread")
  target_compile_options(faultline_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
target_include_directories(faultline_options INTERFACE
  ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/orchestrator)
if(FAULTLINE_SANITIZE)
  target_compile_options(faultline_options INTERFACE
    -fsanitize=${FAULTLINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(faultline_options INTERFACE -fsanitize=${FAULTLINE_SANITIZE})
endif()

# What libraries that are not ours seem to do wrong, and why that is no matter, is in this file.
set(FAULTLINE_SANITIZER_ENVIRONMENT "")
if(FAULTLINE_SANITIZE STREQUAL thread)
  set(FAULTLINE_SANITIZER_ENVIRONMENT ENVIRONMENT
      "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/sanitizers/tsan.supp")
endif()

# Where the guest's programs are built to; the layout is what image/minimal_image() reads.
set(FAULTLINE_GUEST_DIR ${PROJECT_BINARY_DIR}/guest)
