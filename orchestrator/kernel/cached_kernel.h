// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "kernel/cache_layout.h"
#include "kernel/kernel_builder.h"

namespace faultline {

/// The finished kernel in the cache, marked as used now and kept from `gc`; nothing on a miss.
boost::asio::awaitable<std::optional<KernelArtifact>> open_cached_kernel(CacheLayout layout,
                                                                         std::string key);

/// The kernel of the cache that was used last, opened in the same way; nothing in an empty cache.
boost::asio::awaitable<std::optional<KernelArtifact>> open_newest_cached_kernel(CacheLayout layout);

}  // namespace faultline
