// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "outcome/published.h"

namespace faultline {

/// As stored in run.published_blob; "" for nothing published.
std::string published_to_json(const PublishedRecord& published);
/// Inverse. Throws Error{store} on what is not such JSON.
PublishedRecord published_from_json(const std::string& json);

}  // namespace faultline
