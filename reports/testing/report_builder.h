// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "reports/report.h"

namespace faultline {

/// Two arms, one topology, one step, one metric; a block is a pair of values.
class ReportBuilder {
 public:
  ReportBuilder() {
    RunInfo& run = results_.run;
    run.arms = {"base", "new"};
    run.baseline = "base";
    run.topologies = {"t"};
    run.topology_json = {R"({"nodes":[{"cpus":2,"memory":1073741824}],"distances":[[10]]})"};
    run.host.cpus = 4;  // One node: the topology is backed.
    run.metrics = {{"w", "m", "s", "lower", "ratio", "median", true, ""}};
    run.accel = "kvm";
    run.finished_at_ns = 1;
    results_.steps = {{"w", "n=1"}};
  }
  ReportBuilder& metric(const char* scale, const char* direction, const char* summary = "median") {
    results_.run.metrics[0].scale = scale;
    results_.run.metrics[0].direction = direction;
    results_.run.metrics[0].summary = summary;
    return *this;
  }
  std::uint32_t boot(std::uint32_t arm, std::uint32_t block, std::vector<double> iterations,
                     OutcomeKind kind = OutcomeKind::completed, std::uint32_t attempt = 0) {
    ResultBoot boot;
    boot.arm = arm;
    boot.block = block;
    boot.attempt = attempt;
    boot.accel = results_.run.accel;
    boot.outcome.kind = kind;
    const auto index = static_cast<std::uint32_t>(results_.boots.size());
    results_.boots.push_back(boot);
    for (std::uint32_t i = 0; i < iterations.size(); ++i)
      results_.samples.push_back({index, 0, 0, i, iterations[i]});
    results_.run.blocks = std::max(results_.run.blocks, block + 1);
    return index;
  }
  ReportBuilder& blocks(const std::vector<std::pair<double, double>>& values) {
    for (std::uint32_t block = 0; block < values.size(); ++block) {
      boot(0, block, {values[block].first});
      boot(1, block, {values[block].second});
    }
    return *this;
  }
  Results results_;
  Report report() { return make_report(results_); }
  /// Of the report's one comparison; throws if there is another number of them.
  Comparison only_comparison() {
    const Report made = report();
    if (made.comparisons.size() != 1) throw std::logic_error("not one comparison");
    return made.comparisons[0];
  }
};

}  // namespace faultline
