// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/hypervisor.h"

#include <cstdlib>

namespace faultline {

std::string to_string(GuestEnd::Kind kind) {
  switch (kind) {
    case GuestEnd::Kind::powered_off:
      return "powered off";
    case GuestEnd::Kind::reset:
      return "reset";
    case GuestEnd::Kind::panicked:
      return "panicked";
    case GuestEnd::Kind::internal_error:
      return "internal error";
    case GuestEnd::Kind::killed:
      return "killed";
    case GuestEnd::Kind::destroyed:
      return "destroyed";
  }
  std::abort();
}

}  // namespace faultline
