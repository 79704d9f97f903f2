// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/libvirt_handles.h"

#include <libvirt/virterror.h>

#include <utility>

namespace faultline {

Error libvirt_error(std::string doing, std::string hint) {
  const char* message = ::virGetLastErrorMessage();
  return Error(ErrorKind::libvirt, std::move(doing),
               message != nullptr ? message : "libvirt gave no reason", std::move(hint));
}

void quiet_libvirt_errors() {
  ::virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
}

}  // namespace faultline
