// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "kernel/kernel_builder.h"
#include "outcome/results.h"

namespace faultline {

/// Told what a run is doing, for the person who waits. Called on the run's strand; must not block.
class RunProgress {
 public:
  virtual ~RunProgress() = default;
  /// One line of news that stays on the screen: an accelerator chosen, a leftover guest ended.
  virtual void say(const std::string& line) = 0;
  virtual void building(const std::string& arms, const BuildProgress& progress) = 0;
  virtual void built(const std::string& arms, const BuildResult& result) = 0;
  /// `number` counts from 1 to `total`; `left` is the estimate for this boot and all after it.
  virtual void boot_starts(std::size_t number, std::size_t total, const std::string& what,
                           std::optional<std::chrono::seconds> left) = 0;
  virtual void boot_does(const std::string& what) = 0;
  virtual void boot_ended(const BootRecord& record) = 0;
};

}  // namespace faultline
