// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "outcome/results.h"

// A bundle is one .tar.zst with everything of a run that another host needs to repeat it: the
// experiment, the series, the configuration, the workloads, the results and the report. docs/
// bundle.md describes the files.

namespace faultline {

/// The hashes of all that went into a run, and where it ran: bundle.json, the first file of the
/// archive. What `faultline run BUNDLE` compares its own run with.
struct BundleLock {
  std::string faultline_version;
  std::string experiment;       ///< Name.
  std::string experiment_hash;  ///< As in RunInfo.
  std::int64_t run_id = 0;      ///< In results.sqlite.
  unsigned blocks = 0;
  std::string accel;
  HostRecord host;
  std::vector<KernelRecord> kernels;         ///< Without config_text: that is a file of its own.
  std::vector<std::string> image_hashes;     ///< Of the guest images, sorted.
  std::map<std::string, std::string> files;  ///< Path in the bundle to SHA-256, all but this one.
};

/// A file to be put into a bundle.
struct BundleFile {
  std::string path;  ///< Relative, with '/'.
  std::string content;
  bool executable = false;
};

/// Writes the bundle atomically; the same input gives the same bytes. Fills in lock.files. Throws
/// Error{host}.
void write_bundle(const std::filesystem::path& file, BundleLock lock,
                  std::vector<BundleFile> files);

/// What an unpacked bundle may be at most; a bundle may come from anybody.
struct BundleLimits {
  std::uint64_t bytes = std::uint64_t{2} << 30;  ///< All files together, unpacked.
  std::size_t files = 20'000;
};

/// True if the file begins like a bundle: with zstd's magic number (RFC 8878, 3.1.1). False for
/// what cannot be read.
bool looks_like_bundle(const std::filesystem::path& file);

/// Unpacks into an empty folder and checks every hash. Refused with Error{user_input}: anything
/// but plain files, absolute paths and '..', the same name twice, files that bundle.json does not
/// list or that differ from it, missing ones, and whatever exceeds the limits.
BundleLock unpack_bundle(const std::filesystem::path& file, const std::filesystem::path& folder,
                         BundleLimits limits = {});

}  // namespace faultline
