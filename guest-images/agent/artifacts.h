// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::agent {

/// Bulk evidence, as a tar stream on the artifact port. Used by one thread.
class Artifacts {
 public:
  enum class Mode {
    none,    ///< There is no port: add() does nothing.
    stream,  ///< Written as they come.
    buffer,  ///< Kept in memory until finish().
  };

  /// `path` is the port's device node; it is opened at once (stream) or by finish() (buffer), so
  /// that a run on the instruction clock touches no device before its last measurement.
  Artifacts(Mode mode, std::string path);
  ~Artifacts();
  Artifacts(const Artifacts&) = delete;
  Artifacts& operator=(const Artifacts&) = delete;

  bool wanted() const { return mode_ != Mode::none; }
  /// Adds a file; past the bound on the whole stream it is left out and counted.
  void add(std::string_view name, std::string_view content);
  /// How many were left out.
  unsigned left_out() const { return left_out_; }
  /// Writes what is kept and the end of the archive, and waits until the host has taken it all.
  void finish();

 private:
  static constexpr std::uint64_t stream_bytes = std::uint64_t{256} << 20;
  static constexpr std::uint64_t buffer_bytes = std::uint64_t{16} << 20;

  Mode mode_;
  std::string path_;
  int fd_ = -1;
  std::uint64_t bytes_ = 0;
  unsigned left_out_ = 0;
  std::vector<std::string> kept_;
};

}  // namespace faultline::agent
