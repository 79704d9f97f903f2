// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/exactness.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "reports/format.h"

namespace faultline {
namespace {

using Samples = std::vector<ResultSample>;

auto place_of(const ResultSample& sample) {
  return std::tie(sample.step, sample.metric, sample.iteration);
}

std::string where(const Results& results, const ResultSample& sample) {
  if (sample.step >= results.steps.size() || sample.metric >= results.run.metrics.size())
    return "a sample of no known step or metric";
  return fmt::format("{}, iteration {} of {}", results.run.metrics[sample.metric].name,
                     sample.iteration + 1, step_name(results.steps[sample.step]));
}

/// Where two boots part first, in the order of steps, metrics and iterations; nothing if nowhere.
std::optional<std::string> first_difference(const Results& results, const Samples& a,
                                            const Samples& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const bool only_a = i >= b.size() || (i < a.size() && place_of(a[i]) < place_of(b[i]));
    const bool only_b = !only_a && (i >= a.size() || place_of(b[i]) < place_of(a[i]));
    if (only_a || only_b)
      return where(results, only_a ? a[i] : b[i]) + (only_a ? ": missing" : ": not there before");
    if (std::bit_cast<std::uint64_t>(a[i].value) == std::bit_cast<std::uint64_t>(b[i].value))
      continue;
    std::string text = fmt::format("{}: {} and {}", where(results, a[i]), a[i].value, b[i].value);
    if (a[i].value != 0) text += fmt::format(" ({:+.2g} %)", (b[i].value / a[i].value - 1) * 100);
    return text;
  }
  return std::nullopt;
}

}  // namespace

std::vector<ExactnessProof> prove_exactness(const Results& results,
                                            const std::vector<bool>& counted) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> places;
  std::vector<bool> wanted(results.boots.size(), false);
  for (std::uint32_t i = 0; i < results.boots.size(); ++i) {
    const ResultBoot& boot = results.boots[i];
    if (!counted[i] || boot.accel != "icount" || boot.outcome.kind != OutcomeKind::completed)
      continue;
    places[{boot.arm, boot.topology}].push_back(i);
    wanted[i] = true;
  }
  std::map<std::uint32_t, Samples> samples;
  if (!places.empty())
    for (const ResultSample& sample : results.samples)
      if (sample.boot < wanted.size() && wanted[sample.boot])
        samples[sample.boot].push_back(sample);
  for (auto& [boot, of_boot] : samples)
    std::stable_sort(of_boot.begin(), of_boot.end(),
                     [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });

  std::vector<ExactnessProof> proofs;
  for (const auto& [place, boots] : places) {
    ExactnessProof proof;
    proof.arm = place.first;
    proof.topology = place.second;
    proof.boots = static_cast<std::uint32_t>(boots.size());
    if (boots.size() < 2) proof.difference = "one boot only: a second one has to agree";
    for (std::size_t i = 1; i < boots.size() && proof.difference.empty(); ++i)
      if (const auto difference = first_difference(results, samples[boots[0]], samples[boots[i]]))
        proof.difference =
            fmt::format("blocks {} and {} differ: {}", results.boots[boots[0]].block + 1,
                        results.boots[boots[i]].block + 1, *difference);
    proof.proven = proof.difference.empty();
    proofs.push_back(std::move(proof));
  }
  return proofs;
}

bool is_exact(const std::vector<ExactnessProof>& proofs, std::uint32_t arm,
              std::uint32_t topology) {
  return std::any_of(proofs.begin(), proofs.end(), [&](const ExactnessProof& proof) {
    return proof.arm == arm && proof.topology == topology && proof.proven;
  });
}

bool has_one_boot(const std::vector<ExactnessProof>& proofs, std::uint32_t arm,
                  std::uint32_t topology) {
  return std::any_of(proofs.begin(), proofs.end(), [&](const ExactnessProof& proof) {
    return proof.arm == arm && proof.topology == topology && proof.boots == 1;
  });
}

}  // namespace faultline
