// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>

#include "kernel/kernel_builder.h"

namespace faultline::bench {

/// The kernel that the cache below `cache` used last. Throws Error{host} if there is none.
boost::asio::awaitable<KernelArtifact> newest_kernel(std::filesystem::path cache);

}  // namespace faultline::bench
