// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/exact.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

namespace faultline {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

/// All digits that it takes to tell this number from every other.
std::string all_digits(double value) {
  if (std::isnan(value)) return "none";
  char buffer[64];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end);
}

std::string step_name(const std::string& workload, const std::string& params) {
  return params.empty() ? workload : workload + " " + params;
}

struct Comparison {
  std::string step;
  std::optional<ExactDifference> found;

  void value(const std::string& sample, std::uint32_t iteration, double first, double second) {
    if (!found && !same(first, second))
      found = ExactDifference{step, sample, iteration, first, second};
  }
  void whole(const std::string& sample, std::uint32_t iteration, std::int64_t first,
             std::int64_t second) {
    if (!found && first != second)
      found = ExactDifference{step, sample, iteration, static_cast<double>(first),
                              static_cast<double>(second)};
  }
};

void compare_iterations(const StepRecord& a, const StepRecord& b, Comparison& comparison) {
  comparison.whole("number of iterations", 0, static_cast<std::int64_t>(a.iterations.size()),
                   static_cast<std::int64_t>(b.iterations.size()));
  for (std::uint32_t i = 0; i < std::min(a.iterations.size(), b.iterations.size()); ++i) {
    const IterationRecord& x = a.iterations[i];
    const IterationRecord& y = b.iterations[i];
    comparison.whole("way to end", i, static_cast<int>(x.end.kind), static_cast<int>(y.end.kind));
    comparison.whole("exit status", i, x.end.code, y.end.code);
    comparison.whole("wall clock", i, x.wall.count(), y.wall.count());
    comparison.whole("user time", i, x.user.count(), y.user.count());
    comparison.whole("system time", i, x.system.count(), y.system.count());
    comparison.whole("greatest resident memory", i, x.max_rss_kib, y.max_rss_kib);
    comparison.whole("minor faults", i, x.minor_faults, y.minor_faults);
    comparison.whole("major faults", i, x.major_faults, y.major_faults);
    comparison.whole("voluntary switches", i, x.voluntary_switches, y.voluntary_switches);
    comparison.whole("involuntary switches", i, x.involuntary_switches, y.involuntary_switches);
    comparison.whole("output", i, 0, x.standard_output == y.standard_output ? 0 : 1);
    comparison.whole("error output", i, 0, x.standard_error == y.standard_error ? 0 : 1);
  }
}

template <typename Item, typename Name>
void compare_names(const std::vector<Item>& a, const std::vector<Item>& b, const char* what,
                   const Name& name, Comparison& comparison) {
  comparison.whole(std::string("number of ") + what, 0, static_cast<std::int64_t>(a.size()),
                   static_cast<std::int64_t>(b.size()));
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (name(a[i]) != name(b[i])) comparison.value(name(a[i]), 0, 0, none);
}

void compare_profiles(const StepProfile& a, const StepProfile& b, Comparison& comparison) {
  if (a == b) return;
  for (const FunctionDifference& row : profile_difference(a, b)) {
    comparison.whole("instructions of " + row.function, 0, static_cast<std::int64_t>(row.before),
                     static_cast<std::int64_t>(row.after));
    comparison.whole("remote accesses of " + row.function, 0,
                     static_cast<std::int64_t>(row.remote_before),
                     static_cast<std::int64_t>(row.remote_after));
  }
  comparison.value("profile", 0, 0, 1);  // which CPU, which stack, which node
}

void compare_steps(const StepRecord& a, const StepRecord& b, Comparison& comparison) {
  const auto sample_name = [](const SampleRecord& sample) { return sample.metric; };
  compare_names(a.samples, b.samples, "samples", sample_name, comparison);
  for (std::size_t i = 0; i < std::min(a.samples.size(), b.samples.size()); ++i)
    comparison.value(a.samples[i].metric, a.samples[i].iteration, a.samples[i].value,
                     b.samples[i].value);
  compare_iterations(a, b, comparison);
  const auto counter_name = [](const CounterRecord& counter) {
    return counter.source + " " + counter.name;
  };
  compare_names(a.counters, b.counters, "counters", counter_name, comparison);
  for (std::size_t i = 0; i < std::min(a.counters.size(), b.counters.size()); ++i) {
    comparison.value(counter_name(a.counters[i]) + " before", 0, a.counters[i].before,
                     b.counters[i].before);
    comparison.value(counter_name(a.counters[i]) + " after", 0, a.counters[i].after,
                     b.counters[i].after);
  }
  compare_profiles(a.profile, b.profile, comparison);
}

}  // namespace

double ExactDifference::relative() const {
  if (same(first, second)) return 0;
  const double distance = std::abs(second - first) / std::abs(first);
  return std::isfinite(distance) ? distance : std::numeric_limits<double>::infinity();
}

std::string ExactDifference::sentence() const {
  std::string text = step.empty()
                         ? sample
                         : step + ", " + sample + " of iteration " + std::to_string(iteration + 1);
  text += ": " + all_digits(first) + " in the first boot, " + all_digits(second) + " in the second";
  if (std::isfinite(relative())) {
    char buffer[32];
    const auto [end, error] =
        std::to_chars(buffer, buffer + sizeof buffer, relative(), std::chars_format::general, 2);
    text += " (" + std::string(buffer, end) + " apart)";
  }
  return text;
}

std::optional<ExactDifference> first_difference(const BootRecord& first, const BootRecord& second) {
  Comparison comparison;
  comparison.whole("outcome", 0, static_cast<int>(first.outcome.kind),
                   static_cast<int>(second.outcome.kind));
  comparison.whole("number of steps", 0, static_cast<std::int64_t>(first.steps.size()),
                   static_cast<std::int64_t>(second.steps.size()));
  for (std::size_t i = 0;
       !comparison.found && i < std::min(first.steps.size(), second.steps.size()); ++i) {
    const StepRecord& a = first.steps[i];
    const StepRecord& b = second.steps[i];
    comparison.step = step_name(a.workload, a.params);
    if (step_name(b.workload, b.params) != comparison.step)
      comparison.value("another step in its place", 0, 0, 1);
    compare_steps(a, b, comparison);
  }
  return comparison.found;
}

}  // namespace faultline
