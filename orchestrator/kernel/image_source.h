// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>

#include "async/command_runner.h"
#include "kernel/cache_layout.h"
#include "kernel/kernel_builder.h"

namespace faultline {

/// Copies a finished kernel (and its modules) into the cache, named by its content, so that it
/// stays what it was when the user changes the file. A file that is no kernel is a
/// BuildFailure{source}. Throws Error{user_input} if a file is not there. The references outlive
/// the await.
boost::asio::awaitable<BuildResult> adopt_image(CommandRunner& commands, const CacheLayout& layout,
                                                KernelSource source);

}  // namespace faultline
