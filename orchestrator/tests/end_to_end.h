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
                         const std::string& memory = "256M") {
    return bench_.write("experiment.yaml",
                        "faultline: 1\nname: e2e\nquestion: what happens?\nkernels:\n" + kernels +
                            "topologies:\n  - name: one\n    nodes: [{cpus: 1, memory: " + memory + "}]\n" +
                            topology_more + "workloads:\n" + workloads + "accel: tcg\n" +
                            (more.empty() ? "runs: {blocks: 1, seed: 1}\n" : more));
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

  Bench bench_{::testing::UnitTest::GetInstance()->current_test_info()->name()};
};

/// The same with guests: skipped where there is no kernel for them.
class EndToEndWithGuests : public EndToEnd {
 protected:
  void SetUp() override {
    if (test_kernel().empty())
      GTEST_SKIP() << "FAULTLINE_TEST_KERNEL names no guest kernel to boot";
  }

  /// Gives the guests the workload `hostile`, which misbehaves as its parameter `mode` says.
  void use_hostile_workload() {
    bench_.write("root/workloads/hostile/workload.yaml", R"(workload: hostile
summary: a program that misbehaves as it is told
question: Does the run survive it?
image: minimal
needs: []
command: ["hostile", "{mode}"]
parameters:
  mode: {type: enum, values: [good, fails, crashes, hangs, rubbish, eats, third], default: good, what: "how it misbehaves"}
metrics:
  - {name: value, unit: s, direction: lower, scale: ratio, primary: true, summary: median, pattern: '^value: (\S+)$', what: "a number"}
timeout: 3s
settings: []
memory: 16M
)");
    const std::string parts = bench_.folder() / "guest";
    const std::string program = bench_.write("guest/workloads/hostile/hostile", R"(#!/bin/sh
case $1 in
good) echo "value: 42" ;;
fails) echo "value: 1"; echo "no such luck" >&2; exit 3 ;;
crashes) kill -SEGV $$ ;;
hangs) sleep 100000 ;;
rubbish) printf '\377\376\0 { \n'; dd if=/dev/urandom bs=1024 count=64 2>/dev/null; printf '\nvalue: rubbish\n' ;;
eats) exec /workloads/hostile/eater eat ;;
third) if test "$FAULTLINE_ITERATION" = 2; then exec /workloads/hostile/eater eat; fi
  echo "value: 4$FAULTLINE_ITERATION" ;;
esac
)");
    namespace fs = std::filesystem;
    fs::permissions(program, fs::perms(0755));
    fs::copy_file(FAULTLINE_TEST_EATER, fs::path(parts) / "workloads/hostile/eater");
    fs::copy_file(fs::path(FAULTLINE_BINARY_DIR) / "guest/agent", fs::path(parts) / "agent");
    bench_.set("FAULTLINE_ROOT", bench_.folder() / "root");
    bench_.set("FAULTLINE_GUEST", parts);
  }
  static std::string hostile(const std::string& modes, const std::string& more = "") {
    return "  - {use: hostile, params: {mode: [" + modes + "]}" + more + "}\n";
  }

  /// A workload that takes well under a second.
  static constexpr const char* short_walk =
      "  - {use: rmap-walk, params: {children: [2], pages: 4, scope: own}}\n";
};

}  // namespace faultline::testing
