// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <string>

#include "async/command_runner.h"

// git:DIR#REF and dir:DIR. The cache has a bare repository of its own for each such folder, which
// borrows the objects of the user's repository, if there is one; the user's is never written.

namespace faultline {

/// Creates the cache's repository for `folder` if it is not there; the caller holds the snapshot
/// lock. The runner outlives the await, here and below.
boost::asio::awaitable<void> prepare_repository(CommandRunner& commands,
                                                std::filesystem::path repository,
                                                std::filesystem::path folder);

/// The tree of a commit of the repository in `folder`. Throws Error{user_input} if there is none.
boost::asio::awaitable<std::string> tree_of_commit(CommandRunner& commands,
                                                   std::filesystem::path folder, std::string ref);

/// Records the folder as it is, untracked files that are not ignored included, and returns its
/// tree.
boost::asio::awaitable<std::string> tree_of_folder(CommandRunner& commands,
                                                   std::filesystem::path repository,
                                                   std::filesystem::path folder);

/// Makes `work_tree` hold exactly `tree`, writing only files that differ.
boost::asio::awaitable<CommandResult> check_out_tree(CommandRunner& commands,
                                                     std::filesystem::path repository,
                                                     std::filesystem::path work_tree,
                                                     std::string tree, std::filesystem::path log);

}  // namespace faultline
