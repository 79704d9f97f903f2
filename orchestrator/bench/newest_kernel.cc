// SPDX-License-Identifier: GPL-2.0-or-later
#include "bench/newest_kernel.h"

#include "base/error.h"
#include "kernel/cached_kernel.h"

namespace faultline::bench {

namespace fs = std::filesystem;

boost::asio::awaitable<KernelArtifact> newest_kernel(fs::path cache) {
  const CacheLayout layout(std::move(cache));
  auto kernel = co_await open_newest_cached_kernel(layout);
  if (!kernel)
    throw Error(ErrorKind::host, "looking for a kernel in " + layout.root().string(), "none there",
                "faultline build experiments/quickstart.yaml");
  co_return std::move(*kernel);
}

}  // namespace faultline::bench
