// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/boot_rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <string_view>
#include <utility>

namespace faultline {
namespace {

std::string all_digits(double value) {
  if (std::isnan(value)) return "nan";  // Whatever its sign and payload.
  char buffer[64];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end);
}

class Rows {
 public:
  template <typename... Fields>
  void row(std::string_view label, const Fields&... fields) {
    text_ += label;
    ((text_ += ' ', add(fields)), ...);
    text_ += '\n';
  }

  /// Each line of the text behind the label.
  void lines(std::string_view label, std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      row(label, text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void add(std::string_view field) { text_ += field; }
  void add(double field) { text_ += all_digits(field); }
  template <typename Number>
  requires std::integral<Number>
  void add(Number field) { text_ += std::to_string(field); }

  std::string text_;
};

void add_profile(Rows& rows, const StepProfile& profile) {
  for (const FunctionProfile& one : profile.functions) {
    for (const CpuInstructions& cpu : one.instructions)
      rows.row("instructions", one.image, one.function, cpu.cpu, cpu.instructions);
    if (one.entries > 0) rows.row("entries", one.image, one.function, one.entries);
    for (const NodeTraffic& t : one.traffic)
      rows.row("traffic", one.image, one.function, t.cpu_node, t.memory_node, t.loads, t.stores,
               t.load_misses, t.store_misses);
  }
  rows.lines("stack", profile.folded);
}

void add_step(Rows& rows, const StepRecord& step) {
  rows.row("step", step.position, step.workload, step.params,
           std::string_view(step.perturbed ? "perturbed" : ""));
  for (std::size_t i = 0; i < step.iterations.size(); ++i) {
    const IterationRecord& one = step.iterations[i];
    rows.row("process", i, to_string(one.end.kind), one.end.code, one.wall.count(),
             one.user.count(), one.system.count(), one.max_rss_kib, one.minor_faults,
             one.major_faults, one.voluntary_switches, one.involuntary_switches);
    rows.lines("stdout", one.standard_output);
    rows.lines("stderr", one.standard_error);
  }
  for (const SampleRecord& sample : step.samples)
    rows.row("sample", sample.metric, sample.iteration, sample.value);
  for (const CounterRecord& counter : step.counters)
    rows.row("counter", counter.source, counter.name, counter.before, counter.after);
  add_profile(rows, step.profile);
}

}  // namespace

std::string boot_rows(const BootRecord& boot) {
  Rows rows;
  rows.row("outcome", to_string(boot.outcome.kind), boot.outcome.phase, boot.outcome.detail,
           boot.outcome.oops_title);
  rows.row("arm", boot.arm, boot.topology, boot.accel);
  rows.row("kernel", boot.kernel_key, boot.kernel_release);
  rows.row("image", boot.image_hash);
  rows.row("cmdline", boot.cmdline);
  rows.lines("sheet", boot.run_sheet);
  rows.lines("found", boot.topology_found);
  for (const std::string& note : boot.notes) rows.lines("note", note);
  for (const CollectorRecord& collector : boot.collectors)
    rows.row("collector", collector.name, collector.problem);
  for (const StepRecord& step : boot.steps) add_step(rows, step);
  return rows.take();
}

}  // namespace faultline
