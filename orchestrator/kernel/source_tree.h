// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "async/command_runner.h"
#include "kernel/cache_layout.h"
#include "kernel/series_patch.h"
#include "spec/experiment.h"

namespace faultline {

/// A source, identified.
struct ResolvedSource {
  std::string id;    ///< Names the tree's folder. Commits of one repository share a tree.
  std::string hash;  ///< The content: SHA-256 of a tarball, or a git tree.
  std::string text;  ///< As the user wrote it.
  std::filesystem::path archive;  ///< debian and tar: the tarball.
  std::filesystem::path folder;   ///< git and dir: the user's.
  std::string git_tree;           ///< git and dir: the object to check out.
};

/// A source that is none: a result of the experiment.
struct SourceFailure {
  std::string title;
  std::string detail;
};

/// Finds out what a source holds, without unpacking it. Throws Error{host} for a package that is
/// not installed and Error{user_input} for a file, folder or commit that is not there. A folder is
/// recorded, with its uncommitted changes, in a repository in the cache; the user's is only read.
/// The references outlive the await.
boost::asio::awaitable<ResolvedSource> resolve_source(CommandRunner& commands,
                                                      const CacheLayout& layout,
                                                      KernelSource source);

/// The one unpacked tree of a source. Between builds it holds whatever was built last; adopt()
/// makes it hold something else by changing only the files that differ. All changes survive being
/// killed at any point: what may differ is written down before it does. The caller holds the
/// source's lock.
class SourceTree {
 public:
  /// The tree of `source`, unpacked if need be (then `on_unpack` is called) and holding the right
  /// base. `commands` outlives the object.
  static boost::asio::awaitable<std::variant<SourceTree, SourceFailure>> open(
      CommandRunner& commands, const CacheLayout& layout, ResolvedSource source,
      std::filesystem::path log, std::function<void()> on_unpack);

  const std::filesystem::path& path() const { return tree_; }

  /// The place of a file's unpatched content, "" if it has none.
  std::filesystem::path pristine(const std::string& path) const;

  /// Makes the tree hold the source with `overlay`, whose contents lie in `scratch`. Fails only for
  /// a path that would be written through a link of the source. Throws Error{host}.
  std::optional<ApplyFailure> adopt(const Overlay& overlay, const std::filesystem::path& scratch);

  /// Sets the times of the files that `earlier` and the tree's overlay name, so that make sees as
  /// new exactly those whose content is not what it was: `earlier` is the overlay that an object
  /// tree was made from, `changed_base` the files of the base that have changed since.
  void set_times(const Overlay& earlier, const std::set<std::string>& changed_base) const;

  /// The files that differ between two trees in a git source's repository; nothing if that cannot
  /// be told.
  boost::asio::awaitable<std::optional<std::set<std::string>>> changed_since(
      std::string base) const;

  /// What the tree holds apart from the overlay.
  const std::string& base() const { return source_.hash; }

  /// Notes that everything of the tree is on the disk (after a sync of the file system).
  void mark_durable();

 private:
  struct State {
    std::string base;      ///< Source hash, "" while the base is being exchanged.
    Overlay touched;       ///< Files that may differ from the base.
    std::string unsynced;  ///< The host's boot in which the tree was unpacked, until it is synced.
  };
  SourceTree(CommandRunner& commands, const CacheLayout& layout, ResolvedSource source);
  boost::asio::awaitable<std::optional<SourceFailure>> unpack(std::filesystem::path log);
  boost::asio::awaitable<std::optional<SourceFailure>> check_out(bool in_doubt,
                                                                 std::filesystem::path log);
  void read_state();
  void write_state(const std::filesystem::path& folder) const;
  void save_original(const std::string& path) const;
  void put(const std::string& path, const std::filesystem::path& content) const;

  CommandRunner* commands_;
  CacheLayout layout_;
  ResolvedSource source_;
  std::filesystem::path folder_, tree_, originals_;
  State state_;
};

/// What the user called the source whose folder (sources/ID) this is; "" if it is not known.
std::string source_of_tree(const std::filesystem::path& folder);

}  // namespace faultline
