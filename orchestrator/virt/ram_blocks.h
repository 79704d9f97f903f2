// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "virt/hypervisor.h"

namespace faultline {

/// Reads the answer to QEMU's "info ramblock": a table whose lines have a name, a page size ("4
/// KiB"), and, in hexadecimal, offset, used and total length. Lines of another form are left out.
std::vector<RamBlock> parse_ram_blocks(std::string_view table);

}  // namespace faultline
