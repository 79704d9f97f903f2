// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace faultline::agent {

/// Makes the squashfs on the block device the root, writable by a tmpfs over it that is gone with
/// the guest, and takes /dev, /proc, /sys, /workloads and /modules along. Returns "" or what went
/// wrong; then the root is what it was.
std::string switch_to_disk(const std::string& device);

}  // namespace faultline::agent
