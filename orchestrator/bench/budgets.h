// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <vector>

#include "bench/measurement.h"

// The budgets of the project, each measured against the thing it is a ratio of, in one run.

namespace faultline::bench {

class BenchGuests;

/// What the measurements work with.
struct BenchFolders {
  std::filesystem::path root;         ///< The repository.
  std::filesystem::path cache;        ///< A kernel cache, filled by `faultline build`.
  std::filesystem::path guest_parts;  ///< The built agent and workloads.
  std::filesystem::path power_off;    ///< The static init that only powers off.
};

/// validate + plan of 100,000 boots: at most 1 s and 200 MiB.
std::vector<Row> plan_budget(const BenchFolders& folders);

/// Storing 1,000,000 samples: at most 4 s. A report over them: at most 2 s, 300 MiB, 5 MiB of HTML.
std::vector<Row> store_and_report_budgets();

/// The guest's hello against bare QEMU with the same kernel, machine and parameters; 16 vCPUs on 2
/// nodes; what the orchestrator adds outside the guest. `rounds` of each, interleaved, medians.
std::vector<Row> boot_budgets(BenchGuests& guests, const BenchFolders& folders, unsigned rounds);

/// What collectors that do not perturb cost a step of 10 s: at most 1 % of it, on the instruction
/// clock, in a guest of two nodes.
std::vector<Row> collector_budget(BenchGuests& guests, const BenchFolders& folders);

/// An unchanged kernel: at most 0.2 s. With `rebuild`, one after a one-file patch (at most 30 s)
/// and one from nothing, in an empty cache and without a compiler cache (at most 6 min), which
/// takes as long as that.
std::vector<Row> kernel_budgets(const BenchFolders& folders, bool rebuild);

}  // namespace faultline::bench
