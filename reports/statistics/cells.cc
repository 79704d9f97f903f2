// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/cells.h"

#include <algorithm>

#include "reports/format.h"
#include "reports/statistics/boot_values.h"
#include "reports/statistics/rank_statistics.h"

namespace faultline {

CellIndex::CellIndex(const Results& results, const std::vector<BootValue>& values,
                     std::vector<bool> counted)
    : results_(results), run_(results.run), units_(results), counted_(std::move(counted)) {
  for (const ResultBoot& boot : results.boots) blocks_ = std::max(blocks_, boot.block + 1);
  blocks_ = std::max<std::uint32_t>(blocks_, run_.blocks);
  index_places();
  index_given();
  index_values(values);
}

void CellIndex::index_places() {
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> last;
  const auto& boots = results_.boots;
  for (std::uint32_t i = 0; i < boots.size(); ++i) {
    const auto [at, is_new] =
        last.try_emplace({boots[i].arm, boots[i].topology, boots[i].block}, i);
    if (!is_new && boots[at->second].attempt <= boots[i].attempt) at->second = i;
  }
  for (const auto& [key, boot] : last) {
    Place& place = places_[{std::get<0>(key), std::get<1>(key)}];
    place.boots.push_back(boot);
    place.all_completed &= boots[boot].outcome.kind == OutcomeKind::completed;
  }
  std::uint32_t seen_boot = UINT32_MAX;  // Samples come grouped: most repeat the last one's key.
  std::uint32_t seen_step = UINT32_MAX;
  for (const ResultSample& sample : results_.samples) {
    if (sample.boot >= boots.size() || (sample.boot == seen_boot && sample.step == seen_step))
      continue;
    seen_boot = sample.boot;
    seen_step = sample.step;
    places_[{boots[sample.boot].arm, boots[sample.boot].topology}].steps.insert(sample.step);
  }
}

void CellIndex::index_given() {
  const auto steps = static_cast<std::uint32_t>(results_.steps.size());
  const auto metrics = static_cast<std::uint32_t>(run_.metrics.size());
  given_.resize(run_.topologies.size() * steps * (std::size_t{metrics} + 1));
  std::vector<std::uint32_t> failed;
  for (const ResultBoot& boot : results_.boots) failed.push_back(failed_step(results_, boot));
  for (const ResultSample& sample : results_.samples) {
    if (sample.boot >= results_.boots.size() || sample.step >= steps || sample.metric >= metrics)
      continue;
    const std::uint32_t topology = results_.boots[sample.boot].topology;
    if (topology >= run_.topologies.size()) continue;
    given_[given_index(topology, sample.step, sample.metric)] = true;
    if (failed[sample.boot] != sample.step)
      given_[given_index(topology, sample.step, metrics)] = true;
  }
}

bool CellIndex::is_given(std::uint32_t topology, std::uint32_t step, std::uint32_t metric) const {
  const auto finished = static_cast<std::uint32_t>(run_.metrics.size());
  return run_.metrics[metric].primary || given_[given_index(topology, step, metric)] ||
         !given_[given_index(topology, step, finished)];
}

void CellIndex::index_values(const std::vector<BootValue>& values) {
  const auto key_of = [&](const BootValue& value) {
    const ResultBoot& boot = results_.boots[value.boot];
    return CellKey{boot.arm, boot.topology, value.step, value.metric};
  };
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    while (end < values.size() && key_of(values[end]) == key_of(values[i])) ++end;
    cells_[key_of(values[i])] = {values.data() + i, end - i};
    i = end;
  }
}

bool CellIndex::is_planned(std::uint32_t arm, std::uint32_t topology, std::uint32_t step) const {
  const auto place = places_.find({arm, topology});
  if (place == places_.end())
    return run_.finished_at_ns == 0 && std::uint64_t{places_.size()} * blocks_ < run_.planned_boots;
  return !place->second.all_completed || place->second.steps.contains(step);
}

std::span<const BootValue> CellIndex::values_of(std::uint32_t arm, std::uint32_t topology,
                                                std::uint32_t step, std::uint32_t metric) const {
  const auto found = cells_.find({arm, topology, step, metric});
  return found == cells_.end() ? std::span<const BootValue>{} : found->second;
}

std::vector<CellSummary> CellIndex::summaries() const {
  std::vector<CellSummary> cells;
  for (std::uint32_t topology = 0; topology < run_.topologies.size(); ++topology)
    for (std::uint32_t step = 0; step < results_.steps.size(); ++step)
      for (std::uint32_t metric = 0; metric < run_.metrics.size(); ++metric)
        if (run_.metrics[metric].workload == results_.steps[step].workload &&
            is_given(topology, step, metric))
          for (std::uint32_t arm = 0; arm < run_.arms.size(); ++arm)
            if (is_planned(arm, topology, step))
              cells.push_back(summary(arm, topology, step, metric));
  return cells;
}

CellSummary CellIndex::summary(std::uint32_t arm, std::uint32_t topology, std::uint32_t step,
                               std::uint32_t metric) const {
  const std::span<const BootValue> range = values_of(arm, topology, step, metric);
  CellSummary cell{arm, topology, step, metric, {}, 0, 0, {}};
  ByBlock by_block;
  for (const BootValue& value : range) {
    cell.min = by_block.empty() ? value.value : std::min(cell.min, value.value);
    cell.max = by_block.empty() ? value.value : std::max(cell.max, value.value);
    by_block.emplace_back(results_.boots[value.boot].block, value.value);
  }
  std::vector<double> values;
  for (const auto& [unit, value] : units_.means(by_block)) values.push_back(value);
  cell.median = median_estimate(std::move(values));
  cell.missing = why_missing(range, arm, topology, step);
  return cell;
}

bool CellIndex::workload_failed_in(const ResultBoot& boot, std::uint32_t step) const {
  if (failed_step(results_, boot) == step) return true;
  // The guest went on to its other steps and powered off: what failed is told as "STEP: what".
  const std::string begin = step_name(results_.steps[step]) + ": ";
  return boot.outcome.detail.starts_with(begin) ||
         std::any_of(boot.notes.begin(), boot.notes.end(),
                     [&](const std::string& note) { return note.starts_with(begin); });
}

std::string CellIndex::why_missing(std::span<const BootValue> values, std::uint32_t arm,
                                   std::uint32_t topology, std::uint32_t step) const {
  std::set<std::uint32_t> present;
  for (const BootValue& value : values) present.insert(value.boot);
  std::vector<std::pair<std::string, std::uint32_t>> reasons;
  const auto add = [&](const std::string& reason, std::uint32_t count) {
    for (auto& [known, total] : reasons)
      if (known == reason) {
        total += count;
        return;
      }
    reasons.emplace_back(reason, count);
  };
  std::uint32_t booted = 0;
  if (const auto place = places_.find({arm, topology}); place != places_.end()) {
    booted = static_cast<std::uint32_t>(place->second.boots.size());
    for (const std::uint32_t i : place->second.boots) {
      if (present.contains(i)) continue;
      const ResultBoot& boot = results_.boots[i];
      if (boot.outcome.kind == OutcomeKind::completed && !boot.contamination.empty()) {
        add("contaminated", 1);
        continue;
      }
      const bool ran = boot.outcome.kind == OutcomeKind::completed ||
                       (counted_[i] && boot.outcome.kind == OutcomeKind::workload_failed &&
                        !workload_failed_in(boot, step));
      add(ran ? "no finite value" : to_string(boot.outcome.kind), 1);
    }
  }
  if (booted < blocks_) add(run_.finished_at_ns == 0 ? "not run yet" : "not run", blocks_ - booted);
  if (reasons.empty()) return "";
  std::uint32_t missing = 0;
  std::string text;
  for (const auto& [reason, count] : reasons) {
    missing += count;
    text += (text.empty() ? ": " : ", ") + std::to_string(count) + " " + reason;
  }
  return std::to_string(missing) + " of " + count_of(blocks_, "boot") + " missing" + text;
}

}  // namespace faultline
