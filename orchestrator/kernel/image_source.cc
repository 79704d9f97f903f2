// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/image_source.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "kernel/cached_kernel.h"
#include "kernel/file_memo.h"
#include "kernel/host_command.h"
#include "kernel/kernel_image.h"
#include "kernel/kernel_manifest.h"
#include "kernel/waiting_lock.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

/// Names, sizes and times of all files of a module folder. A distribution's has thousands, so their
/// contents are not read.
std::string folder_identity(const fs::path& folder) {
  std::vector<std::string> lines;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::end(entry); ++entry)
    if (entry->is_regular_file() && !entry->is_symlink())
      lines.push_back(entry->path().lexically_relative(folder).string() + " " +
                      file_identity(entry->path()));
  std::sort(lines.begin(), lines.end());
  Sha256 hash;
  for (const auto& line : lines) hash.add(line);
  return hash.finish();
}

/// The list of symbols that belongs to a kernel image, as kbuild and distributions name it; empty
/// if there is none beside it.
fs::path symbols_of(const fs::path& image) {
  const std::string name = image.filename().string();
  const std::size_t dash = name.find('-');
  const std::string release = dash == std::string::npos ? "" : name.substr(dash);
  const fs::path file = image.parent_path() / ("System.map" + release);
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) ? file : fs::path();
}

asio::awaitable<void> copy(CommandRunner& commands, fs::path from, fs::path to) {
  make_folder(to.parent_path());
  Command command =
      clean_command({"cp", "--recursive", "--preserve=mode,timestamps", "--reflink=auto",
                     "--no-target-directory", "--", from.string(), to.string()});
  command.deadline = BuildDeadlines{}.unpack;
  co_await must_run(commands, std::move(command), "copying " + from.string());
}

}  // namespace

asio::awaitable<BuildResult> adopt_image(CommandRunner& commands, const CacheLayout& layout,
                                         KernelSource source) {
  const fs::path file = source.location;
  const fs::path modules = source.modules;
  const std::string doing = "using kernel " + source.text;
  if (!fs::is_regular_file(file))
    throw Error(ErrorKind::user_input, doing, "there is no file " + file.string(),
                "correct 'source'");
  if (!modules.empty() && !fs::is_directory(modules))
    throw Error(ErrorKind::user_input, doing, "there is no folder " + modules.string(),
                "correct 'modules'");
  const KernelImage image = inspect_kernel_image(file);
  if (image.format == KernelImage::Format::none)
    co_return BuildFailure{
        "source", file.string() + " is not a kernel image", image.problem + "\n", {}};

  const std::string hash = co_await file_hash(commands, layout.memo(), file);
  Sha256 digest;
  digest.add("faultline-image-1").add(hash);
  if (!modules.empty()) digest.add(modules.filename().string()).add(folder_identity(modules));
  const fs::path symbols = symbols_of(file);
  if (!symbols.empty()) {
    const std::string symbols_hash = co_await file_hash(commands, layout.memo(), symbols);
    digest.add("System.map").add(symbols_hash);
  }
  const std::string key = digest.finish();
  if (auto cached = co_await open_cached_kernel(layout, key)) co_return std::move(*cached);
  const FileLock lock = co_await wait_for_lock(layout.kernel_lock(key), nullptr);
  if (auto cached = co_await open_cached_kernel(layout, key)) co_return std::move(*cached);

  const auto started = std::chrono::steady_clock::now();
  const fs::path aside = layout.kernel_aside(key);
  co_await remove_tree(commands, aside);
  co_await copy(commands, file,
                aside / (image.format == KernelImage::Format::elf ? "vmlinux" : "bzImage"));
  if (!symbols.empty()) co_await copy(commands, symbols, aside / "System.map");
  KernelManifest manifest;
  manifest.key = key;
  manifest.source = source.text;
  manifest.source_hash = hash;
  manifest.release = image.release;
  if (!modules.empty()) {
    const fs::path name =
        modules.has_filename() ? modules.filename() : modules.parent_path().filename();
    // The modules' folder knows its release best: an ELF image need not say it.
    if (manifest.release.empty()) manifest.release = name.string();
    if (name != manifest.release) {
      co_await remove_tree(commands, aside);
      co_return BuildFailure{
          "source",
          modules.string() + " does not belong to " + file.string(),
          "The modules are for " + name.string() + ", the kernel is " + manifest.release + ".\n",
          {}};
    }
    const fs::path to = aside / "modules/lib/modules" / name;
    co_await copy(commands, modules, to);
    std::error_code ignored;
    for (const char* link : {"build", "source"}) fs::remove_all(to / link, ignored);
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  manifest.built_at = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  write_file_atomically(aside / "manifest.json", to_json(manifest));
  Command sync = clean_command({"sync", "--file-system", aside.string()});
  sync.deadline = BuildDeadlines{}.unpack;
  co_await must_run(commands, std::move(sync), "writing the kernel to the disk");
  publish_directory(aside, layout.kernel(key));
  auto artifact = co_await open_cached_kernel(layout, key);
  if (!artifact)
    throw Error(ErrorKind::host, doing, "the copied kernel has disappeared", "try again");
  artifact->build_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  co_return std::move(*artifact);
}

}  // namespace faultline
