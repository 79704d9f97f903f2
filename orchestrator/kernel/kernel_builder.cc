// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/kernel_builder.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "kernel/build_session.h"
#include "kernel/cached_kernel.h"
#include "kernel/host_command.h"
#include "kernel/image_source.h"
#include "kernel/kernel_identity.h"
#include "kernel/waiting_lock.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

/// A failure that was recorded after `since`: of the build that we waited for.
std::optional<BuildFailure> failure_since(const fs::path& file, fs::file_time_type since) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  if (error || written < since) return std::nullopt;
  const auto record = failure_from_json(read_file(file));
  if (!record) return std::nullopt;
  return BuildFailure{record->phase, record->title, record->detail, record->log};
}

void record_failure(const fs::path& file, const BuildFailure& failure) {
  make_folder(file.parent_path());
  write_file_atomically(file, to_json(FailureRecord{failure.phase, failure.title, failure.detail,
                                                    failure.log.string()}));
}

}  // namespace

KernelRecipe recipe_of(const Arm& arm, const Catalogue& catalogue) {
  KernelRecipe recipe;
  recipe.source = arm.source;
  for (const std::string& name : arm.series) {
    const auto found = catalogue.series.find(name);
    if (found == catalogue.series.end())
      throw Error(ErrorKind::user_input, "preparing kernel '" + arm.name + "'",
                  "there is no series '" + name + "'", "correct 'series'");
    recipe.series.push_back(found->second);
  }
  for (const std::string& name : arm.config) {
    const auto found = catalogue.config_fragments.find(name);
    recipe.config_fragments.push_back(found == catalogue.config_fragments.end() ? fs::path(name)
                                                                                : found->second);
  }
  return recipe;
}

KernelBuilder::KernelBuilder(CommandRunner& commands, fs::path cache, unsigned jobs)
    : commands_(commands),
      layout_(fs::absolute(cache).lexically_normal()),
      jobs_(jobs > 0 ? jobs : std::max(1U, std::thread::hardware_concurrency())) {}

asio::awaitable<BuildResult> KernelBuilder::build(
    KernelRecipe recipe, std::function<void(const BuildProgress&)> progress) {
  try {
    co_return co_await build_or_share(std::move(recipe), std::move(progress));
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::host, "building a kernel", error.what(),
                error.code().value() == ENOSPC ? "free some space, or run 'faultline gc'" : "");
  }
}

asio::awaitable<BuildResult> KernelBuilder::build_or_share(
    KernelRecipe recipe, std::function<void(const BuildProgress&)> progress) {
  if (recipe.source.kind == KernelSource::Kind::image && recipe.layout != 0)
    throw Error(ErrorKind::user_input, "laying out the text of " + recipe.source.text,
                "a finished image cannot be linked again", "leave out 'layouts'");
  if (recipe.source.kind == KernelSource::Kind::image)
    co_return co_await adopt_image(commands_, layout_, recipe.source);

  KernelIdentity identity = co_await identify_kernel(commands_, layout_, std::move(recipe));
  const std::string key = identity.key;
  if (auto cached = co_await open_cached_kernel(layout_, key)) co_return std::move(*cached);

  bool waited = false;
  const auto asked = fs::file_time_type::clock::now();
  const std::function<void()> on_wait = [&] {
    waited = true;
    if (progress) progress({"waiting", 0, 0});
  };
  const FileLock lock = co_await wait_for_lock(layout_.kernel_lock(key), on_wait);
  if (auto cached = co_await open_cached_kernel(layout_, key)) co_return std::move(*cached);
  if (waited)
    if (auto failure = failure_since(layout_.failure(key), asked)) co_return std::move(*failure);

  const auto started = std::chrono::steady_clock::now();
  BuildSession session(commands_, layout_, std::move(identity), jobs_, std::move(progress));
  if (auto failure = co_await session.run()) {
    record_failure(layout_.failure(key), *failure);
    co_return std::move(*failure);
  }
  auto built = co_await open_cached_kernel(layout_, key);
  if (!built)
    throw Error(ErrorKind::host, "building a kernel", "the finished kernel has disappeared",
                "try again");
  built->build_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  co_return std::move(*built);
}

asio::awaitable<BuildExplanation> KernelBuilder::explain(KernelRecipe recipe) {
  BuildExplanation explanation;
  if (recipe.source.kind == KernelSource::Kind::image) {
    explanation.cached = true;
    explanation.reasons.push_back("a finished kernel image is used as it is");
    co_return explanation;
  }
  const KernelIdentity identity = co_await identify_kernel(commands_, layout_, std::move(recipe));
  explanation.key = identity.key;
  const KernelManifest wanted = manifest_of(identity);
  const auto known = read_manifests(layout_.kernels());
  for (const KernelManifest& manifest : known)
    if (manifest.key == identity.key) {
      explanation.cached = true;
      explanation.reasons.push_back("source, series, configuration and compiler are those of " +
                                    manifest.release + ", built before");
      co_return explanation;
    }
  const KernelManifest* nearest = nearest_manifest(wanted, known);
  if (nearest == nullptr) {
    explanation.reasons.emplace_back("no kernel has been built in this cache yet");
    co_return explanation;
  }
  explanation.reasons = differences(wanted, *nearest);
  if (nearest->layout != wanted.layout && explanation.reasons.size() == 1) {
    explanation.reasons.push_back("everything else is as in kernel " + nearest->key.substr(0, 12) +
                                  "; it is only linked anew if those objects are still kept");
    co_return explanation;
  }
  const bool reusable = nearest->source_id == wanted.source_id &&
                        nearest->compiler_identity == wanted.compiler_identity;
  explanation.reasons.push_back(
      reusable ? "compared with kernel " + nearest->key.substr(0, 12) +
                     "; the build starts from the nearest object tree that is kept"
               : "compared with kernel " + nearest->key.substr(0, 12) +
                     "; none of its objects can be reused");
  co_return explanation;
}

}  // namespace faultline
