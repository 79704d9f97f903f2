// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <vector>

#include "bench/measurement.h"
#include "kernel/kernel_builder.h"
#include "spec/experiment.h"

// The budgets of the project, each measured against the thing it is a ratio of, in one run.

namespace faultline::bench {

/// validate + plan of 100,000 boots: at most 1 s and 200 MiB.
std::vector<Row> plan_budget(const std::filesystem::path& root);

/// Storing 1,000,000 samples: at most 4 s. A report over them: at most 2 s, 300 MiB, 5 MiB of HTML.
std::vector<Row> store_and_report_budgets();

/// The guest's hello against bare QEMU with the same kernel and arguments; 16 vCPUs on 2 nodes;
/// what the orchestrator adds outside the guest. `rounds` of each, interleaved.
std::vector<Row> boot_budgets(unsigned rounds);

/// An unchanged kernel; with `rebuild` also one after a one-file patch, with `cold` one from
/// nothing (own empty cache, no compiler cache), each beside bare make doing the same.
std::vector<Row> kernel_budgets(bool rebuild, bool cold);

}  // namespace faultline::bench
