// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "observer.h"

namespace faultline::agent {

/// Collector "perf": `perf record -e cpu-clock -g` of all processors while the program runs; then
/// its own report of folded stacks, with symbols. Gives "COMM;OUTERMOST;…;INNERMOST" and how many
/// samples had that stack.
class PerfProfile final : public Observer {
 public:
  std::string prepare(std::vector<std::string>& partly) override;
  void start() override { stacks_.clear(); }
  std::vector<std::string> wrap(std::vector<std::string> argv) override;
  void iteration_ended() override;
  std::map<std::string, double> stop() override { return std::move(stacks_); }

 private:
  std::map<std::string, double> stacks_;
};

/// Adds the stacks of `perf report --stdio -g folded,…,count -s comm` to `stacks`.
void add_folded_stacks(std::string_view report, std::map<std::string, double>& stacks);

}  // namespace faultline::agent
