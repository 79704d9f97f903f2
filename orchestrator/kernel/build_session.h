// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/command_runner.h"
#include "kernel/cache_layout.h"
#include "kernel/kernel_builder.h"
#include "kernel/kernel_identity.h"
#include "kernel/leftover_processes.h"
#include "kernel/object_trees.h"
#include "kernel/source_tree.h"

namespace faultline {

/// One build of one kernel: source → series → configuration → make (→ layout) → artifact. The
/// caller holds the kernel's lock; run() takes the source's. One use, one strand; `commands`
/// outlives it.
class BuildSession {
 public:
  using Progress = std::function<void(const BuildProgress&)>;
  BuildSession(CommandRunner& commands, CacheLayout layout, KernelIdentity identity, unsigned jobs,
               Progress progress);

  /// Builds and publishes the artifact. Nothing: it is in the cache now. Throws Error{host,
  /// build_tool}.
  boost::asio::awaitable<std::optional<BuildFailure>> run();

 private:
  using Step = boost::asio::awaitable<std::optional<BuildFailure>>;
  void prepare();
  Step unpack();
  Step apply();
  Step configure();
  Step make_config(std::string target);
  Step compile();
  Step make_kernel(std::vector<std::string> targets);
  /// Links once more, with the text in the order of the identity's layout.
  Step lay_out();
  /// Writes the linker script of the layout, given the objects, a name a line; returns what is in
  /// the way, or "".
  std::string write_layout(const std::string& object_list);
  boost::asio::awaitable<void> publish();

  /// The build started from an object tree of this very kernel: nothing is left to compile.
  bool objects_are_made() const;
  void tell(std::string phase);
  BuildFailure failure(std::string phase, std::string title, std::string detail) const;
  BuildFailure explain_config(const std::vector<std::string>& missed,
                              const ConfigValues& values) const;
  Command make_command(std::vector<std::string> targets) const;
  void count_step(std::string_view line);
  unsigned expected_steps() const;

  CacheLayout layout_;
  KernelIdentity identity_;
  unsigned jobs_;
  Progress progress_;
  std::filesystem::path log_, work_, scratch_;
  MarkedCommands commands_;  ///< For what is done under the source's lock.
  std::chrono::steady_clock::time_point started_;
  std::optional<SourceTree> tree_;
  Overlay overlay_;
  BuildStart start_;
  ConfigValues config_;
  std::string linker_script_;  ///< With a layout: as make wrote it.
  bool ccache_ = false;
  unsigned steps_ = 0;
  unsigned expected_ = 0;
};

}  // namespace faultline
