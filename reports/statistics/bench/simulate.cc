// SPDX-License-Identifier: GPL-2.0-or-later
// Prints the tables of docs/statistics.md: false alarms, effects seen, coverage after stopping.
//   simulate_statistics [EXPERIMENTS]      (20,000 if not given: minutes)
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "reports/statistics/testing/simulation.h"

namespace {

using namespace faultline;

constexpr std::uint64_t kSeed = 20100117;
constexpr unsigned kBootstrapEvery = 10;

void print_table(const char* title, double effect, unsigned experiments) {
  fmt::print("{}, percent of {} experiments\n\n| noise | n |", title, experiments);
  for (const auto& name : noise::procedure_names) fmt::print(" {} |", name);
  fmt::print("\n|---|--:|");
  for (std::size_t i = 0; i < noise::procedure_names.size(); ++i) fmt::print("--:|");
  fmt::print("\n");
  for (const noise::Model& model : noise::models())
    for (const unsigned blocks : {6u, 10u, 20u}) {
      const auto shares = noise::share_called_different(model, blocks, effect, experiments,
                                                        kBootstrapEvery, kSeed + blocks);
      fmt::print("| {} | {} |", model.name, blocks);
      for (const double share : shares) fmt::print(" {:.1f} |", share * 100);
      fmt::print("\n");
      std::fflush(stdout);
    }
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned experiments =
      argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) : 20'000;
  if (experiments == 0) return 2;
  print_table("False alarms", 0, experiments);
  print_table("A real effect of 6 % seen", 0.06, experiments);
  fmt::print(
      "Stopping at a width, looks after 6, 9, 13, 19, 24 blocks\n\n"
      "| noise | precision | coverage | mean n | stopped early |\n|---|--:|--:|--:|--:|\n");
  for (const noise::Model& model : noise::models())
    for (const double precision : {0.02, 0.04, 0.08}) {
      const noise::Stopped s =
          noise::stop_when_precise(model, 24, precision, experiments, kSeed + 1);
      fmt::print("| {} | ±{:.0f} % | {:.1f} | {:.1f} | {:.0f} % |\n", model.name, precision * 100,
                 s.coverage * 100, s.mean_blocks, s.early * 100);
    }
  return 0;
}
