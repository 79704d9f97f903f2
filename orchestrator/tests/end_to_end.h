// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/faultline_process.h"

namespace faultline::testing {

/// The kernel for guests of tests, or "" if the environment names none.
inline std::string test_kernel() {
  const char* kernel = std::getenv("FAULTLINE_TEST_KERNEL");
  return kernel == nullptr ? "" : kernel;
}

/// The program, driven from outside. Whatever a test does, nothing may be left of it.
class EndToEnd : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(bench_.leftovers(), ::testing::IsEmpty()); }

  /// An experiment file with these `kernels:` lines, small in all the rest.
  std::string experiment(const std::string& kernels, const std::string& workloads,
                         const std::string& more = "", const std::string& topology_more = "",
                         const std::string& memory = "256M", const std::string& accel = "tcg") {
    return bench_.write("experiment.yaml",
                        "faultline: 1\nname: e2e\nquestion: what happens?\nkernels:\n" + kernels +
                            "topologies:\n  - name: one\n    nodes: [{cpus: 1, memory: " + memory +
                            "}]\n" + topology_more + "workloads:\n" + workloads + "accel: " +
                            accel + "\n" + (more.empty() ? "runs: {blocks: 1, seed: 1}\n" : more));
  }
  /// An arm with the tests' kernel.
  static std::string arm(const std::string& name, const std::string& cmdline,
                         const std::string& more = "") {
    return "  - {name: " + name + ", source: 'image:" + test_kernel() + "', cmdline: '" + cmdline +
           "'" + more + "}\n";
  }

  Store store() const { return Store::open(bench_.database(), Store::Mode::read_only); }
  Results results(std::int64_t run_id = 1) const { return store().results(run_id); }
  /// "ID outcome" of every attempt of a run, in run order.
  std::vector<std::string> outcomes(std::int64_t run_id = 1) const {
    std::vector<std::string> found;
    for (const ResultBoot& boot : results(run_id).boots)
      found.push_back(boot.boot_id + " " + to_string(boot.outcome.kind));
    return found;
  }

  /// For tests that build kernels, which are too dear to be built for a test alone: the cache that
  /// everything else shares. Returns its folder.
  std::string use_shared_cache() {
    const char* cache = std::getenv("FAULTLINE_CACHE");
    const char* home = std::getenv("HOME");
    std::string folder = cache != nullptr
                             ? cache
                             : std::string(home != nullptr ? home : "/root") + "/.cache/faultline";
    bench_.set("FAULTLINE_CACHE", folder);
    return folder;
  }

  Bench bench_{::testing::UnitTest::GetInstance()->current_test_info()->name()};
};

}  // namespace faultline::testing
