// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/command_runner.h"
#include "spec/series_definition.h"

// Patch series as data, and their application to copies of the few files that they touch. The
// source tree itself is changed afterwards, by SourceTree, and only if everything applied.

namespace faultline {

/// A patch as read once: what is hashed is what is applied.
struct Patch {
  std::string name;  ///< File name in the series' folder.
  std::string text;
  std::string hash;  ///< SHA-256 of the text.
};

struct Series {
  std::string name;
  std::vector<Patch> patches;
  std::string config;                   ///< Extra configuration lines.
  std::vector<std::string> applies_to;  ///< Kernel versions; not part of the hash.
  std::string hash;  ///< Over the patches' contents, in order, and the configuration lines.
};

/// Reads the patches of a series. Throws Error{user_input} for a patch that cannot be read, whose
/// name leads out of the folder, or that is larger than 16 MiB.
Series read_series(const SeriesDefinition& definition);

/// The content of one file of a source tree.
struct FileVersion {
  std::string hash;  ///< SHA-256; "" when the file does not exist.
  bool operator==(const FileVersion&) const = default;
};

/// The files that differ from the unpatched source: path to content.
using Overlay = std::map<std::string, FileVersion>;

/// A patch that cannot be applied: a result of the experiment.
struct ApplyFailure {
  std::string title;
  std::string detail;
};

struct AppliedSeries {
  Overlay overlay;
  std::optional<ApplyFailure> failure;
};

/// The files that a patch names, from its `diff`, `---`, `+++`, rename and copy lines; may name too
/// many, never too few.
std::vector<std::string> paths_of_patch(std::string_view patch);

/// True if a path of a patch stays inside the tree: relative, with no "..", no empty part, nothing
/// inside ".git".
bool is_safe_path(std::string_view path);

/// True if no folder on the way from `root` to `path` is a link or a file; folders that do not
/// exist yet count as plain.
bool has_plain_parents(const std::filesystem::path& root, const std::filesystem::path& path);

/// Gives the place of the unpatched content of a file, or "" if the source has none.
using PristineFile = std::function<std::filesystem::path(const std::string& path)>;

/// Applies all patches, in order, to copies of the touched files in `scratch`, an empty folder. On
/// success `scratch` holds the content of every file of the overlay that exists. The references
/// outlive the await.
boost::asio::awaitable<AppliedSeries> apply_series(CommandRunner& commands,
                                                   const std::vector<Series>& series,
                                                   std::filesystem::path scratch,
                                                   PristineFile pristine);

/// What a file, link or nothing is: a hash of its content and kind. Throws Error{host}.
FileVersion version_of(const std::filesystem::path& file);

/// Describes the hunks that git could not place: for each, the hunk and the text that the file has
/// there. `errors` is what git said.
ApplyFailure describe_failure(const Series& series, const Patch& patch, const std::string& errors,
                              const std::filesystem::path& scratch);

}  // namespace faultline
