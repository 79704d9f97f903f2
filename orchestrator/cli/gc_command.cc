// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/runtime.h"
#include "kernel/gc.h"

namespace faultline {
namespace {

struct GcOptions {
  double days = 30;
  double keep_gib = -1;
  bool dry_run = false;
  bool list = false;
  bool json = false;
};

constexpr double gib = 1024.0 * 1024 * 1024;

std::string size_text(std::uint64_t bytes) {
  return fmt::format("{:.2f} GiB", static_cast<double>(bytes) / gib);
}

void print_entries(const std::vector<CacheEntry>& entries) {
  for (const CacheEntry& entry : entries)
    fmt::print("{:>10}  {:<14} {} {}{}\n", size_text(entry.bytes), to_string(entry.kind),
               entry.name.substr(0, 12), printable(entry.what, 60),
               entry.in_use ? " (in use)" : "");
}

nlohmann::json json_of(const std::vector<CacheEntry>& entries) {
  nlohmann::json list = nlohmann::json::array();
  for (const CacheEntry& entry : entries)
    list.push_back({{"kind", std::string(to_string(entry.kind))},
                    {"name", entry.name},
                    {"what", entry.what},
                    {"path", entry.path.string()},
                    {"bytes", entry.bytes},
                    {"in_use", entry.in_use}});
  return list;
}

void list(Runtime& runtime, const GcOptions& options) {
  const std::vector<CacheEntry> entries =
      runtime.complete(list_cache(runtime.commands(), runtime.folders().cache));
  if (options.json)
    fmt::print("{}\n",
               json_of(entries).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    print_entries(entries);
}

void collect(Runtime& runtime, const GcOptions& options) {
  GcPolicy policy;
  policy.max_age = std::chrono::seconds(static_cast<std::int64_t>(options.days * 86400));
  if (options.keep_gib >= 0) policy.max_bytes = static_cast<std::uint64_t>(options.keep_gib * gib);
  const GcReport report =
      runtime.complete(collect_garbage(runtime.commands(), runtime.folders().cache, policy,
                                       runtime.clock().wall(), options.dry_run));
  if (options.json) {
    const nlohmann::json document{{"removed", json_of(report.removed)},
                                  {"kept", json_of(report.kept)},
                                  {"bytes_removed", report.bytes_removed},
                                  {"bytes_kept", report.bytes_kept},
                                  {"dry_run", options.dry_run}};
    fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  print_entries(report.removed);
  fmt::print("{} {}, {} stay\n", options.dry_run ? "would free" : "freed",
             size_text(report.bytes_removed), size_text(report.bytes_kept));
}

}  // namespace

void add_gc_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("gc", "Free what the cache of kernels and images no longer needs");
  auto options = std::make_shared<GcOptions>();
  command->add_option("--days", options->days, "Remove what was not used for so many days")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--keep-gib", options->keep_gib, "Then the least recently used, down to this")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--dry-run", options->dry_run, "Only say what would go");
  command->add_flag("--list", options->list, "List what the cache holds, and remove nothing");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&invocation, options] {
    Runtime runtime(invocation);
    if (options->list)
      list(runtime, *options);
    else
      collect(runtime, *options);
  });
}

}  // namespace faultline
