// SPDX-License-Identifier: GPL-2.0-or-later
// Prints the tables of docs/statistics.md: false alarms, effects seen, coverage after stopping,
// families of comparisons, text layouts.
//   simulate_statistics [EXPERIMENTS [families|layouts]]      (20,000 if not given: minutes)
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

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

/// Families of 12 comparisons: false alarms anywhere when nothing differs, and what is found when
/// one does much or all do a little.
void print_families(unsigned experiments) {
  fmt::print(
      "Families of 12 comparisons, percent of {} runs\n\n"
      "| noise | n | shared | false alarm: none | Holm | joint flips | one of 12 %, found: none | "
      "Holm | joint flips | false beside it: joint flips | all of 6 %, found: none | Holm | joint "
      "flips |\n|---|--:|--:|",
      experiments);
  for (int i = 0; i < 10; ++i) fmt::print("--:|");
  fmt::print("\n");
  const auto line = [&](const noise::Model& model, unsigned blocks, double shared) {
    const auto rates = [&](double effect, unsigned affected) {
      return noise::family_rates(model, blocks,
                                 {.shared = shared, .effect = effect, .affected = affected},
                                 experiments, kSeed + blocks);
    };
    const auto nothing = rates(0, 0);
    const auto one = rates(0.12, 1);
    const auto all = rates(0.06, 12);
    fmt::print("| {} | {} | {} |", model.name, blocks, shared);
    for (const auto& rate : nothing) fmt::print(" {:.1f} |", rate.any_false * 100);
    for (const auto& rate : one) fmt::print(" {:.1f} |", rate.found * 100);
    fmt::print(" {:.1f} |", one[noise::joint].any_false * 100);
    for (const auto& rate : all) fmt::print(" {:.1f} |", rate.found * 100);
    fmt::print("\n");
    std::fflush(stdout);
  };
  for (const noise::Model& model : noise::models())
    for (const unsigned blocks : {6u, 10u, 15u}) line(model, blocks, 0.5);
  for (const double shared : {0.0, 0.9})
    for (const unsigned blocks : {6u, 10u, 15u}) line(noise::models()[0], blocks, shared);
  fmt::print("\n");
}

void print_layouts(unsigned experiments) {
  const auto& models = noise::models();
  fmt::print(
      "Separate builds in text layouts, percent of {} experiments\n\n"
      "| layouts scatter | by | blocks | layouts | false alarms by block | by layout | 6 % seen by "
      "block | by layout |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
      experiments);
  for (const std::size_t model : {0u, 2u})
    for (const double scale : {0.0, 0.5, 1.0, 2.0})
      for (const auto& [blocks, count] :
           {std::pair{12u, 1u}, {12u, 6u}, {12u, 12u}, {24u, 6u}, {24u, 12u}, {24u, 24u}}) {
        if (model != 0 && scale == 0) continue;
        const noise::Layouts layouts{&models[model], count, scale};
        const auto none =
            noise::share_with_layouts(models[0], layouts, blocks, 0, experiments, kSeed + blocks);
        const auto real = noise::share_with_layouts(models[0], layouts, blocks, 0.06, experiments,
                                                    kSeed + 1 + blocks);
        // Clang 14 captures no structured binding by itself.
        const auto percent = [count = count](double share) {
          return count == 1 && share == 0 ? std::string("–") : fmt::format("{:.1f}", share * 100);
        };
        fmt::print("| {} | {:.1f} % | {} | {} | {} | {} | {} | {} |\n", models[model].name,
                   scale * 3, blocks, count, percent(none.by_block), percent(none.by_layout),
                   percent(real.by_block), percent(real.by_layout));
        std::fflush(stdout);
      }
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned experiments =
      argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) : 20'000;
  if (experiments == 0) return 2;
  const std::string_view only = argc > 2 ? argv[2] : "";
  if (only != "families") print_layouts(experiments);
  if (only == "layouts") return 0;
  // All flips of 12 comparisons are dear: a tenth of the runs is time enough.
  print_families((experiments + 9) / 10);
  if (only == "families") return 0;
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
