// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>

#include "base/files.h"

namespace faultline {

/// Takes a lock without blocking the thread: polls it. `on_wait` is called once if somebody else
/// has it; may be empty. Throws Error{host} after BuildDeadlines::wait.
boost::asio::awaitable<FileLock> wait_for_lock(std::filesystem::path file,
                                               std::function<void()> on_wait);

}  // namespace faultline
