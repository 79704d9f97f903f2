// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/error.h"

namespace faultline {

/// What the program says to scripts when it ends; part of the stable interface.
enum class ExitStatus : int {
  done = 0,         ///< Done, nothing wrong.
  gate_failed = 1,  ///< A guest under test failed, or the experiment's gate did.
  user_input = 2,   ///< The file or the arguments are wrong.
  host_failed = 3,  ///< The host failed us.
  incomplete = 4,   ///< Interrupted or incomplete; the same command goes on.
};

inline ExitStatus exit_status_of(ErrorKind kind) {
  return kind == ErrorKind::user_input ? ExitStatus::user_input : ExitStatus::host_failed;
}

}  // namespace faultline
