// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/command_runner.h"

// Remembers what was found out about files that rarely change (the hash of a 150 MB tarball, what a
// compiler says of itself) for as long as path, inode, size and time stay the same.

namespace faultline {

/// What tells whether a file is still the same: path, inode, size and time. "" if there is no file.
std::string file_identity(const std::filesystem::path& file);

/// The remembered answer to `question` about files with these identities.
std::optional<std::string> recall(const std::filesystem::path& memo, const std::string& question,
                                  const std::string& identity);
void remember(const std::filesystem::path& memo, const std::string& question,
              const std::string& identity, const std::string& answer);

/// SHA-256 of a file, remembered in `memo`. The reference outlives the await.
boost::asio::awaitable<std::string> file_hash(CommandRunner& commands, std::filesystem::path memo,
                                              std::filesystem::path file);

struct Compiler {
  std::string identity;  ///< SHA-256 over all that compiler, linker and assembler say.
  std::string text;      ///< "gcc (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40"
};

/// The compiler that a kernel would be built with now. Throws Error{build_tool} if there is none.
boost::asio::awaitable<Compiler> find_compiler(CommandRunner& commands, std::filesystem::path memo);

}  // namespace faultline
