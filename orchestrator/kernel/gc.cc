// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/gc.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "kernel/cache_layout.h"
#include "kernel/host_command.h"
#include "kernel/kernel_manifest.h"
#include "kernel/object_trees.h"
#include "kernel/source_tree.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

WallTime time_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return WallTime(std::chrono::seconds(status.st_mtim.tv_sec));
}

std::vector<fs::path> children(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// The locks that whoever uses an entry holds. All exclusive locks taken: nobody does.
struct Locks {
  std::vector<FileLock> held;
  bool all = true;
};

Locks lock_entry(const CacheLayout& layout, const CacheEntry& entry) {
  std::vector<fs::path> files;
  std::string name = entry.name;
  switch (entry.kind) {
    case CacheEntry::Kind::kernel:
      files = {layout.kernel_lock(name), layout.use_lock(name)};
      break;
    case CacheEntry::Kind::log:
      files = {layout.kernel_lock(name)};
      break;
    case CacheEntry::Kind::source:
      files = {layout.source_lock(name), layout.snapshot_lock(name)};
      break;
    case CacheEntry::Kind::objects:
      files = {layout.source_lock(entry.path.parent_path().filename().string())};
      break;
    case CacheEntry::Kind::image:
      files = {layout.image_lock(name)};
      break;
    case CacheEntry::Kind::leftover:
      if (entry.path.parent_path() == layout.images_aside() ||
          entry.path.parent_path() == layout.images()) {
        files = {layout.images_lock()};
        break;
      }
      // KEY.new below kernels/, ID.new below sources/, and anything below build/ID/.
      if (entry.path.parent_path() == layout.kernels())
        files = {layout.kernel_lock(name)};
      else if (entry.path.parent_path() == layout.sources())
        files = {layout.source_lock(name)};
      else
        files = {layout.source_lock(entry.path.parent_path().filename().string())};
      break;
    case CacheEntry::Kind::compiler_cache:
      break;
  }
  Locks locks;
  for (const fs::path& file : files) {
    locks.held.push_back(FileLock::try_lock(file));
    locks.all = locks.all && static_cast<bool>(locks.held.back());
  }
  return locks;
}

void list_kernels(const CacheLayout& layout, std::vector<CacheEntry>& entries) {
  std::map<std::string, KernelManifest> manifests;
  for (auto& manifest : read_manifests(layout.kernels())) manifests[manifest.key] = manifest;
  for (const fs::path& path : children(layout.kernels())) {
    CacheEntry entry;
    entry.path = path;
    entry.name = path.filename().string();
    if (path.extension() == ".new" || !manifests.contains(entry.name)) {
      entry.kind = CacheEntry::Kind::leftover;
      entry.name = path.stem().string();
      entry.last_used = time_of(path);
    } else {
      const KernelManifest& manifest = manifests[entry.name];
      entry.what = manifest.release + " from " + manifest.source;
      for (const auto& series : manifest.series) entry.what += " + " + series.name;
      entry.last_used = time_of(path / "manifest.json");
    }
    entries.push_back(std::move(entry));
  }
}

void list_sources(const CacheLayout& layout, std::vector<CacheEntry>& entries) {
  for (const fs::path& path : children(layout.sources())) {
    CacheEntry entry;
    entry.path = path;
    entry.name = path.stem().string();
    entry.kind = path.extension() == ".new" ? CacheEntry::Kind::leftover : CacheEntry::Kind::source;
    entry.last_used = std::max(time_of(path / "state.json"), time_of(path));
    entry.what = source_of_tree(path);
    entries.push_back(std::move(entry));
  }
  for (const fs::path& source : children(layout.build()))
    for (const fs::path& path : children(source)) {
      CacheEntry entry;
      entry.path = path;
      entry.name = path.stem().string();
      entry.last_used = std::max(time_of(path / "tree.json"), time_of(path));
      const bool finished = path.extension() != ".new" && path.filename() != "work";
      entry.kind = finished ? CacheEntry::Kind::objects : CacheEntry::Kind::leftover;
      entry.what = "of source " + source.filename().string();
      entries.push_back(std::move(entry));
    }
}

void list_logs(const CacheLayout& layout, std::vector<CacheEntry>& entries) {
  for (const fs::path& folder : {layout.logs(), layout.failure("x").parent_path()})
    for (const fs::path& path : children(folder)) {
      CacheEntry entry;
      entry.kind = CacheEntry::Kind::log;
      entry.path = path;
      entry.name = path.stem().string();
      entry.last_used = time_of(path);
      entries.push_back(std::move(entry));
    }
  if (fs::exists(layout.ccache())) {
    CacheEntry entry;
    entry.kind = CacheEntry::Kind::compiler_cache;
    entry.name = "ccache";
    entry.path = layout.ccache();
    entry.last_used = time_of(layout.ccache());
    entries.push_back(std::move(entry));
  }
}

void list_images(const CacheLayout& layout, std::vector<CacheEntry>& entries) {
  const auto add = [&](const fs::path& path, CacheEntry::Kind kind) {
    CacheEntry& entry = entries.emplace_back();
    entry.kind = kind;
    entry.path = path;
    entry.name = path.stem().string();
    entry.last_used = time_of(path);
  };
  std::error_code error;
  for (const fs::path& path : children(layout.images())) {
    if (path == layout.images_aside()) continue;
    if (fs::is_symlink(path, error)) {
      // The link of a recipe goes when its disk did.
      if (!fs::exists(path, error)) add(path, CacheEntry::Kind::leftover);
      continue;
    }
    add(path, path.extension() == ".new" ? CacheEntry::Kind::leftover : CacheEntry::Kind::image);
    entries.back().what =
        fs::exists(path / "root.squashfs", error) ? "disk of the Debian image" : "initramfs";
  }
  for (const fs::path& path : children(layout.images_aside()))
    add(path, CacheEntry::Kind::leftover);
}

/// Fills in the sizes: one call of du for all.
asio::awaitable<void> measure(CommandRunner& commands, std::vector<CacheEntry>& entries) {
  if (entries.empty()) co_return;
  std::vector<std::string> argv{"du", "--summarize", "--block-size=1", "--null", "--"};
  for (const CacheEntry& entry : entries) argv.push_back(entry.path.string());
  Command command = clean_command(std::move(argv));
  command.deadline = BuildDeadlines{}.unpack;
  // An entry that goes away meanwhile makes du fail; the others are still right.
  const CommandResult result = co_await commands.run(std::move(command));
  std::map<std::string, std::uint64_t> sizes;
  std::string_view rest = result.standard_output;
  while (!rest.empty()) {
    const std::string_view record = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(record.size() + 1, rest.size()));
    const auto tab = record.find('\t');
    if (tab == std::string_view::npos) continue;
    std::uint64_t bytes = 0;
    std::from_chars(record.data(), record.data() + tab, bytes);
    sizes[std::string(record.substr(tab + 1))] = bytes;
  }
  for (CacheEntry& entry : entries) entry.bytes = sizes[entry.path.string()];
}

/// Takes an entry away so that no part of it is ever seen: out of sight first.
asio::awaitable<void> remove_entry(CommandRunner& commands, const CacheLayout& layout,
                                   CacheEntry entry) {
  std::error_code error;
  if (entry.kind == CacheEntry::Kind::log) {
    fs::remove(entry.path, error);
    co_return;
  }
  fs::path aside = entry.path;
  if (entry.kind != CacheEntry::Kind::leftover && entry.kind != CacheEntry::Kind::compiler_cache) {
    aside += ".new";
    co_await remove_tree(commands, aside);
    fs::rename(entry.path, aside, error);
    if (error) throw_errno(ErrorKind::host, "removing " + entry.path.string(), error.value());
  }
  co_await remove_tree(commands, aside);
  // Object trees are of no use without the source that they were made from.
  if (entry.kind == CacheEntry::Kind::source)
    co_await remove_tree(commands, layout.objects(entry.name));
}

}  // namespace

std::string_view to_string(CacheEntry::Kind kind) {
  switch (kind) {
    case CacheEntry::Kind::kernel:
      return "kernel";
    case CacheEntry::Kind::source:
      return "source";
    case CacheEntry::Kind::objects:
      return "objects";
    case CacheEntry::Kind::log:
      return "log";
    case CacheEntry::Kind::image:
      return "image";
    case CacheEntry::Kind::leftover:
      return "leftover";
    case CacheEntry::Kind::compiler_cache:
      return "compiler cache";
  }
  return "";
}

asio::awaitable<std::vector<CacheEntry>> list_cache(CommandRunner& commands, fs::path cache) {
  const CacheLayout layout(fs::absolute(cache).lexically_normal());
  std::vector<CacheEntry> entries;
  list_kernels(layout, entries);
  list_sources(layout, entries);
  list_logs(layout, entries);
  list_images(layout, entries);
  co_await measure(commands, entries);
  for (CacheEntry& entry : entries) entry.in_use = !lock_entry(layout, entry).all;
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  co_return entries;
}

asio::awaitable<GcReport> collect_garbage(CommandRunner& commands, fs::path cache, GcPolicy policy,
                                          WallTime now, bool dry_run) {
  const CacheLayout layout(fs::absolute(cache).lexically_normal());
  std::vector<CacheEntry> entries = co_await list_cache(commands, cache);
  // Least recently used first; ccache last of all, since it makes the others cheap to make again.
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    const bool a_last = a.kind == CacheEntry::Kind::compiler_cache;
    const bool b_last = b.kind == CacheEntry::Kind::compiler_cache;
    return a_last != b_last ? b_last : a.last_used < b.last_used;
  });
  GcReport report;
  for (const CacheEntry& entry : entries) report.bytes_kept += entry.bytes;
  for (CacheEntry& entry : entries) {
    const bool cache_of_compiler = entry.kind == CacheEntry::Kind::compiler_cache;
    bool remove = entry.kind == CacheEntry::Kind::leftover;
    if (policy.max_age && !cache_of_compiler) remove |= now - entry.last_used > *policy.max_age;
    if (policy.max_bytes) remove |= report.bytes_kept > *policy.max_bytes;
    if (policy.keep.contains(entry.name)) remove = false;
    // Object trees may have gone with their source.
    std::error_code ignored;
    if (remove && !fs::exists(fs::symlink_status(entry.path, ignored))) {
      report.bytes_kept -= entry.bytes;
      report.bytes_removed += entry.bytes;
      report.removed.push_back(std::move(entry));
      continue;
    }
    if (remove) {
      const Locks locks = lock_entry(layout, entry);
      entry.in_use = !locks.all;
      if (locks.all) {
        if (!dry_run) co_await remove_entry(commands, layout, entry);
        report.bytes_kept -= entry.bytes;
        report.bytes_removed += entry.bytes;
        report.removed.push_back(std::move(entry));
        continue;
      }
    }
    report.kept.push_back(std::move(entry));
  }
  co_return report;
}

}  // namespace faultline
