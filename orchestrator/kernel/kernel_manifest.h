// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/config_request.h"
#include "kernel/series_patch.h"

namespace faultline {

/// What a cached kernel was made from: kernels/KEY/manifest.json. Written last, so an artifact with
/// a manifest is whole.
struct KernelManifest {
  struct SeriesRecord {
    std::string name;
    std::string hash;
    std::vector<std::pair<std::string, std::string>> patches;  ///< File name, SHA-256.
    std::string config;
    bool operator==(const SeriesRecord&) const = default;
  };
  std::string key;
  std::string source;     ///< As the user wrote it.
  std::string source_id;  ///< Its folder below sources/; "" for image: sources.
  std::string source_hash;
  std::vector<SeriesRecord> series;
  ConfigRequest request;
  std::string compiler;
  std::string compiler_identity;
  std::uint32_t layout = 0;  ///< Seed of its text layout; 0: the order of the link.
  std::string release;
  unsigned steps = 0;  ///< Lines of make in a build from nothing; 0: it was not one.
  double build_seconds = 0;
  std::int64_t built_at = 0;  ///< Seconds since 1970.
  bool operator==(const KernelManifest&) const = default;
};

KernelManifest::SeriesRecord record_of(const Series& series);

std::string to_json(const KernelManifest& manifest);
/// Nothing if the text is not a manifest of this version.
std::optional<KernelManifest> manifest_from_json(const std::string& text);

/// The manifests of all kernels in a folder such as CACHE/kernels.
std::vector<KernelManifest> read_manifests(const std::filesystem::path& kernels);

/// A failed build as JSON, for callers in other processes that wait for it.
struct FailureRecord {
  std::string phase, title, detail, log;
};
std::string to_json(const FailureRecord& failure);
std::optional<FailureRecord> failure_from_json(const std::string& text);

}  // namespace faultline
