// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/series_patch.h"

namespace faultline {

/// The version that a kernel's top Makefile gives, without what distributions append: "6.12.117".
/// "" if it gives none.
std::string version_in_makefile(std::string_view makefile);

/// Whether one of `versions` is this version or its beginning: "6.12" is that of 6.12.117, not of
/// 6.1. True if there are no versions, or the version is unknown: "".
bool is_for_version(const std::vector<std::string>& versions, std::string_view version);

/// The first series that was not made for the version of the source; `source` is how the user wrote
/// it.
std::optional<ApplyFailure> not_for_version(const std::vector<Series>& series,
                                            const std::string& source, const std::string& version);

}  // namespace faultline
