// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace faultline::agent {

/// One regular file as a ustar member: header, content, padding (POSIX.1-2017, pax, "ustar
/// Interchange Format"). No time and no owner, so that equal files are equal bytes. `name` is cut
/// to the 100 bytes that the format has.
std::string tar_member(std::string_view name, std::string_view content);

/// The two zero blocks that end an archive.
std::string tar_end();

}  // namespace faultline::agent
