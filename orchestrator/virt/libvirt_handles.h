// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <libvirt/libvirt.h>

#include <memory>
#include <string>

#include "base/error.h"

// Included by virt/libvirt_*.cc only.

namespace faultline {

struct ConnectClose {
  void operator()(virConnect* connection) const { ::virConnectClose(connection); }
};
struct DomainFree {
  void operator()(virDomain* domain) const { ::virDomainFree(domain); }
};
struct StreamFree {
  void operator()(virStream* stream) const { ::virStreamFree(stream); }
};
using ConnectHandle = std::unique_ptr<virConnect, ConnectClose>;
using DomainHandle = std::unique_ptr<virDomain, DomainFree>;
using StreamHandle = std::unique_ptr<virStream, StreamFree>;

/// libvirt's last error on this thread, as ours. Call on the thread of the failed call, at once.
Error libvirt_error(std::string doing, std::string hint = {});

/// Keeps libvirt from printing its errors: they are in our own messages. For the whole process.
void quiet_libvirt_errors();

}  // namespace faultline
