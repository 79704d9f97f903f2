// SPDX-License-Identifier: GPL-2.0-or-later
#include "bench/newest_kernel.h"

#include <optional>

#include "base/error.h"
#include "kernel/cached_kernel.h"

namespace faultline::bench {

namespace fs = std::filesystem;

boost::asio::awaitable<KernelArtifact> newest_kernel(fs::path cache) {
  const CacheLayout layout(std::move(cache));
  std::string newest;
  fs::file_time_type newest_time = fs::file_time_type::min();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(layout.kernels(), error)) {
    const auto time = fs::last_write_time(entry.path() / "manifest.json", error);
    if (error || time <= newest_time) continue;
    newest_time = time;
    newest = entry.path().filename();
  }
  // An await inside ?: is miscompiled by GCC 12.
  std::optional<KernelArtifact> kernel;
  if (!newest.empty()) kernel = co_await open_cached_kernel(layout, newest);
  if (!kernel)
    throw Error(ErrorKind::host, "looking for a kernel in " + layout.root().string(), "none there",
                "faultline build experiments/quickstart.yaml");
  co_return *kernel;
}

}  // namespace faultline::bench
