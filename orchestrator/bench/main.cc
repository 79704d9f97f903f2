// SPDX-License-Identifier: GPL-2.0-or-later
// Measures the budgets of docs/performance.md and prints them as a table. Not a test: the figures
// depend on the host; each is a ratio or stands beside what it is compared with.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <set>

#include "base/error.h"
#include "bench/bench_guests.h"
#include "bench/budgets.h"

int main(int argc, char** argv) {
  using namespace faultline::bench;
  CLI::App app{"Measures Faultline's budgets", "faultline_bench"};
  std::set<std::string> parts{"plan", "store", "kernel", "boot", "collect"};
  unsigned rounds = 7;
  bool rebuild = false;
  const std::string home = std::getenv("HOME") == nullptr ? "/root" : std::getenv("HOME");
  BenchFolders folders{FAULTLINE_SOURCE_DIR, home + "/.cache/faultline", FAULTLINE_GUEST_DIR,
                       FAULTLINE_POWER_OFF};
  app.add_option("--only", parts, "Parts to measure: plan, store, kernel, boot, collect");
  app.add_option("--rounds", rounds, "Boots of each kind")->capture_default_str();
  app.add_flag("--rebuild", rebuild, "Also build a kernel from nothing: takes that long");
  app.add_option("--cache", folders.cache, "Kernel cache")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    std::vector<Row> rows;
    const auto add = [&rows](std::vector<Row> more) {
      rows.insert(rows.end(), more.begin(), more.end());
    };
    // Children are forked for their peak memory, so what needs threads comes last.
    if (parts.contains("plan")) add(plan_budget(folders));
    if (parts.contains("store")) add(store_and_report_budgets());
    if (parts.contains("kernel")) add(kernel_budgets(folders, rebuild));
    if (parts.contains("boot") || parts.contains("collect")) {
      BenchGuests guests;
      if (parts.contains("boot")) add(boot_budgets(guests, folders, rounds));
      if (parts.contains("collect")) add(collector_budget(guests, folders));
    }
    print_table(rows);
  } catch (const std::exception& error) {
    fmt::print(stderr, "faultline_bench: {}\n", error.what());
    return 3;
  }
  return 0;
}
