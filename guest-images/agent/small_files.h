// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Files of /proc and /sys, with bare system calls: streams and std::filesystem would pull the
// locale machinery into PID 1 and cost milliseconds of every boot under emulation.

namespace faultline::agent {

/// The file's content, at most `limit` bytes of it. On failure nothing, and errno says why.
std::optional<std::string> read_small_file(const std::string& path,
                                           std::size_t limit = std::size_t{1} << 20);

/// Writes with one write(2), as sysfs wants it. Returns 0 or the errno.
int write_small_file(const std::string& path, std::string_view value);

/// Writes all of it, waiting where the descriptor makes one wait. Returns 0 or the errno.
int write_all(int fd, std::string_view bytes);

/// The names in a folder without "." and "..", sorted; empty if there is no such folder.
std::vector<std::string> list_folder(const std::string& path);

/// Without blanks and newlines at both ends.
std::string_view trimmed(std::string_view text);

/// Takes one line, without its newline, off the front of `text`; false at the end.
bool take_line(std::string_view& text, std::string_view& line);

/// Takes one word off the front of `line`, with the blanks around it; empty at the end.
std::string_view take_word(std::string_view& line);

}  // namespace faultline::agent
