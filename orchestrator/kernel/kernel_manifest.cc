// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/kernel_manifest.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace faultline {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
constexpr int format = 1;
// Patches and compilers may hold any bytes.
std::string dumped(const json& value) {
  return value.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}
}  // namespace

KernelManifest::SeriesRecord record_of(const Series& series) {
  KernelManifest::SeriesRecord record{series.name, series.hash, {}, series.config};
  for (const Patch& patch : series.patches) record.patches.emplace_back(patch.name, patch.hash);
  return record;
}

std::string to_json(const KernelManifest& manifest) {
  json series = json::array();
  for (const auto& one : manifest.series) {
    json patches = json::array();
    for (const auto& [name, hash] : one.patches)
      patches.push_back({{"file", name}, {"sha256", hash}});
    series.push_back(
        {{"name", one.name}, {"hash", one.hash}, {"patches", patches}, {"config", one.config}});
  }
  json request = json::object();
  for (const auto& [symbol, wish] : manifest.request)
    request[symbol] = {{"value", wish.value}, {"from", wish.from}};
  return dumped({{"format", format},
                 {"key", manifest.key},
                 {"source", manifest.source},
                 {"source_id", manifest.source_id},
                 {"source_hash", manifest.source_hash},
                 {"series", series},
                 {"config_request", request},
                 {"compiler", manifest.compiler},
                 {"compiler_identity", manifest.compiler_identity},
                 {"layout", manifest.layout},
                 {"release", manifest.release},
                 {"steps", manifest.steps},
                 {"build_seconds", manifest.build_seconds},
                 {"built_at", manifest.built_at}});
}

std::optional<KernelManifest> manifest_from_json(const std::string& text) {
  try {
    const json value = json::parse(text);
    if (value.at("format") != format) return std::nullopt;
    KernelManifest manifest;
    manifest.key = value.at("key");
    manifest.source = value.at("source");
    manifest.source_id = value.at("source_id");
    manifest.source_hash = value.at("source_hash");
    for (const json& one : value.at("series")) {
      KernelManifest::SeriesRecord record{one.at("name"), one.at("hash"), {}, one.at("config")};
      for (const json& patch : one.at("patches"))
        record.patches.emplace_back(patch.at("file"), patch.at("sha256"));
      manifest.series.push_back(std::move(record));
    }
    for (const auto& [symbol, wish] : value.at("config_request").items())
      manifest.request[symbol] = {wish.at("value"), wish.at("from")};
    manifest.compiler = value.at("compiler");
    manifest.compiler_identity = value.at("compiler_identity");
    manifest.layout = value.value("layout", 0U);  // Kernels before there were layouts have none.
    manifest.release = value.at("release");
    manifest.steps = value.at("steps");
    manifest.build_seconds = value.at("build_seconds");
    manifest.built_at = value.at("built_at");
    return manifest;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::vector<KernelManifest> read_manifests(const fs::path& kernels) {
  std::vector<KernelManifest> manifests;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(kernels, none)) {
    const fs::path file = entry.path() / "manifest.json";
    std::error_code ignored;
    if (entry.path().extension() == ".new" || !fs::exists(file, ignored)) continue;
    try {
      if (auto manifest = manifest_from_json(read_file(file)))
        manifests.push_back(std::move(*manifest));
    } catch (const Error&) {
      // removed by another process in between
    }
  }
  return manifests;
}

std::string to_json(const FailureRecord& failure) {
  return dumped({{"format", format},
                 {"phase", failure.phase},
                 {"title", failure.title},
                 {"detail", failure.detail},
                 {"log", failure.log}});
}

std::optional<FailureRecord> failure_from_json(const std::string& text) {
  try {
    const json value = json::parse(text);
    if (value.at("format") != format) return std::nullopt;
    return FailureRecord{value.at("phase"), value.at("title"), value.at("detail"), value.at("log")};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace faultline
