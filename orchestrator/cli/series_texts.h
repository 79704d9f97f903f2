// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <vector>

#include "outcome/results.h"

namespace faultline {

/// Fills KernelRecord::series_texts from kernel-patches/ below `root`. A series that is not there,
/// or not as the kernel was built with it, gets the reason in place of its text.
void add_series_texts(const std::filesystem::path& root, std::vector<KernelRecord>& kernels);

}  // namespace faultline
