// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/cached_kernel.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.h"
#include "base/files.h"
#include "kernel/host_command.h"
#include "kernel/kernel_manifest.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

/// gc holds the lock exclusively while it removes an entry, which is short.
asio::awaitable<std::shared_ptr<const void>> lease(fs::path file) {
  using namespace std::chrono_literals;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (auto waited = 0ms; waited < BuildDeadlines{}.query; waited += 50ms) {
    FileLock lock = FileLock::try_lock_shared(file);
    if (lock) co_return std::make_shared<const FileLock>(std::move(lock));
    timer.expires_after(50ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  throw Error(ErrorKind::host, "using a cached kernel", "somebody holds " + file.string());
}

fs::path if_exists(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored) ? file : fs::path();
}

}  // namespace

asio::awaitable<std::optional<KernelArtifact>> open_cached_kernel(CacheLayout layout,
                                                                  std::string key) {
  const fs::path folder = layout.kernel(key);
  const fs::path file = folder / "manifest.json";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) co_return std::nullopt;
  KernelArtifact artifact;
  artifact.in_use = co_await lease(layout.use_lock(key));
  if (!fs::exists(file, ignored)) co_return std::nullopt;  // gc was faster
  const auto manifest = manifest_from_json(read_file(file));
  if (!manifest) co_return std::nullopt;
  ::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);  // when it was last used, for gc
  artifact.key = key;
  artifact.vmlinux = if_exists(folder / "vmlinux");
  artifact.bzimage = if_exists(folder / "bzImage");
  artifact.symbols = if_exists(folder / "System.map");
  artifact.config = if_exists(folder / "config");
  artifact.modules = if_exists(folder / "modules" / "lib" / "modules" / manifest->release);
  artifact.release = manifest->release;
  artifact.source_hash = manifest->source_hash;
  for (const auto& series : manifest->series) artifact.series_hashes.push_back(series.hash);
  artifact.compiler = manifest->compiler;
  artifact.layout = manifest->layout;
  co_return artifact;
}

asio::awaitable<std::optional<KernelArtifact>> open_newest_cached_kernel(CacheLayout layout) {
  std::string newest;
  fs::file_time_type newest_time = fs::file_time_type::min();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(layout.kernels(), error)) {
    const auto time = fs::last_write_time(entry.path() / "manifest.json", error);
    if (error || time <= newest_time) continue;
    newest_time = time;
    newest = entry.path().filename();
  }
  if (newest.empty()) co_return std::nullopt;
  co_return co_await open_cached_kernel(std::move(layout), std::move(newest));
}

}  // namespace faultline
