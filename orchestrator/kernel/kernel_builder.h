// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "async/command_runner.h"
#include "kernel/cache_layout.h"
#include "spec/catalogue.h"
#include "spec/experiment.h"

namespace faultline {

/// What decides a kernel build, apart from the compiler.
struct KernelRecipe {
  KernelSource source;
  std::vector<SeriesDefinition> series;                 ///< In order of application.
  std::vector<std::filesystem::path> config_fragments;  ///< In order; later lines win.
  /// Seed of the order of objects in the text (kernel/text_layout.h); 0: as they are linked.
  std::uint32_t layout = 0;
};

/// The recipe of an arm. Arms with equal recipes share one build. Throws Error{user_input} for a
/// series that the catalogue does not have.
KernelRecipe recipe_of(const Arm& arm, const Catalogue& catalogue);

/// A finished kernel in the cache. Paths stay valid until `gc` removes the entry.
struct KernelArtifact {
  std::string key;                ///< SHA-256 over source, series, config, compiler and layout.
  std::filesystem::path vmlinux;  ///< Stripped ELF with a PVH entry, or "" for image:BZIMAGE.
  std::filesystem::path bzimage;  ///< "" only for an image: source that is an ELF file.
  std::filesystem::path symbols;  ///< System.map, or "".
  std::filesystem::path modules;  ///< lib/modules/RELEASE, or "".
  std::filesystem::path config;   ///< The whole .config, or "".
  std::string release;            ///< uname -r.
  std::string source_hash;
  std::vector<std::string> series_hashes;
  std::string compiler;
  std::uint32_t layout = 0;            ///< As in the recipe.
  double build_seconds = 0;            ///< 0: it was in the cache.
  std::shared_ptr<const void> in_use;  ///< As long as a copy lives, `gc` keeps the entry.
};

/// A kernel that could not be made: a result of the experiment.
struct BuildFailure {
  std::string phase;  ///< source | apply | configure | compile
  std::string title;  ///< One line: "anon-vma-shared/0001-….patch does not apply to mm/rmap.c:341".
  std::string detail;  ///< Failing hunks, unmet dependencies, the first compiler errors.
  std::filesystem::path log;
};

using BuildResult = std::variant<KernelArtifact, BuildFailure>;

struct BuildProgress {
  std::string phase;   ///< "unpacking", "applying", "configuring", "compiling", "waiting"
  unsigned done = 0;   ///< Objects so far; 0 with total 0: unknown.
  unsigned total = 0;  ///< An estimate; never less than `done`.
};

/// Why a kernel will be rebuilt or reused, for `build --explain`.
struct BuildExplanation {
  bool cached = false;
  std::string key;
  std::vector<std::string> reasons;  ///< Sentences, most telling first.
};

/// Builds kernels into a content-addressed cache. Concurrent calls with one key, of this process or
/// others, share one build: one builds, the others wait. Killed at any moment it leaves no
/// half-written artifact. Threading: any strand.
class KernelBuilder {
 public:
  /// `cache` is the folder for sources, object trees and artifacts (~/.cache/faultline); `jobs` is
  /// make's -j, 0 for one a processor. `commands` outlives the builder.
  KernelBuilder(CommandRunner& commands, std::filesystem::path cache, unsigned jobs);

  /// The kernel of the recipe, from the cache or built now. Throws Error{host, build_tool} when
  /// this host cannot build (no disk, no make), Error{user_input} for a file, folder, commit or
  /// fragment that is not there; a kernel that does not unpack, apply, configure or compile is a
  /// BuildFailure. A layout of a kernel whose object tree is kept is a link, which takes seconds;
  /// a finished image cannot be laid out (user_input). `progress` may be empty; it is called on the
  /// caller's executor. Cancellation ends make with all its children; the next call starts over
  /// from the nearest finished build.
  boost::asio::awaitable<BuildResult> build(KernelRecipe recipe,
                                            std::function<void(const BuildProgress&)> progress);

  /// Why build() would build or reuse; changes nothing but the cache's notes. Throws as build().
  boost::asio::awaitable<BuildExplanation> explain(KernelRecipe recipe);

 private:
  boost::asio::awaitable<BuildResult> build_or_share(
      KernelRecipe recipe, std::function<void(const BuildProgress&)> progress);

  CommandRunner& commands_;
  CacheLayout layout_;
  unsigned jobs_;
};

}  // namespace faultline
