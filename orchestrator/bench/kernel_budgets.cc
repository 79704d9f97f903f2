// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "async/process_runner.h"
#include "base/error.h"
#include "base/files.h"
#include "bench/bench_runtime.h"
#include "bench/budgets.h"
#include "kernel/kernel_builder.h"
#include "spec/parse_experiment.h"

namespace faultline::bench {
namespace {

namespace fs = std::filesystem;

KernelRecipe guest_kernel(const fs::path& root, bool with_series) {
  std::vector<Diagnostic> diagnostics;
  const Catalogue catalogue = Catalogue::load(root, diagnostics);
  KernelRecipe recipe;
  recipe.source.kind = KernelSource::Kind::debian;
  recipe.source.location = "linux-source-6.12";
  recipe.source.text = "debian:linux-source-6.12";
  recipe.config_fragments = {catalogue.config_fragments.at("guest")};
  if (with_series) recipe.series = {catalogue.series.at("anon-vma-shared")};
  return recipe;
}

/// Seconds of one call of the builder.
double build_seconds(boost::asio::io_context& io, const fs::path& cache, KernelRecipe recipe) {
  ProcessRunner processes;
  KernelBuilder builder(processes, cache, std::thread::hardware_concurrency());
  const std::function<void(const BuildProgress&)> silent = [](const BuildProgress&) {};
  const auto begin = std::chrono::steady_clock::now();
  const BuildResult result = complete(io, builder.build(std::move(recipe), silent));
  if (const auto* failure = std::get_if<BuildFailure>(&result))
    throw Error(ErrorKind::host, "building the guest kernel", failure->title);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

std::vector<Row> kernel_budgets(const BenchFolders& folders, bool rebuild) {
  boost::asio::io_context io(1);
  build_seconds(io, folders.cache, guest_kernel(folders.root, true));
  const double unchanged = build_seconds(io, folders.cache, guest_kernel(folders.root, true));
  std::vector<Row> rows{{"kernel, unchanged", fmt::format("{:.0f} ms", unchanged * 1000), "200 ms",
                         unchanged <= 0.2}};
  if (!rebuild) return rows;
  // A compiler cache would make the cold build a warm one.
  ::setenv("CCACHE_DISABLE", "1", 1);  // NOLINT(concurrency-mt-unsafe): no other thread yet
  const TemporaryDirectory cache(folders.cache);
  const double cold = build_seconds(io, cache.path(), guest_kernel(folders.root, false));
  const double patched = build_seconds(io, cache.path(), guest_kernel(folders.root, true));
  rows.push_back({"kernel, from nothing", fmt::format("{:.0f} s", cold), "360 s", cold <= 360});
  rows.push_back(
      {"kernel, after a one-file patch", fmt::format("{:.1f} s", patched), "30 s", patched <= 30});
  return rows;
}

}  // namespace faultline::bench
