// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bundle/bundle.h"

namespace faultline {

/// bundle.json.
std::string lock_to_json(const BundleLock& lock);

/// Inverse. Throws Error{user_input} if it is no lock of a version that we know.
BundleLock lock_from_json(std::string_view json);

/// What of the inputs and the host differs between two runs, one line each, such as "compiler of
/// chains: there gcc 12, here gcc 13". Empty: all the same. Files are not compared.
std::vector<std::string> differences(const BundleLock& there, const BundleLock& here);

}  // namespace faultline
