// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/profile_text.h"
#include "outcome/boot_rows.h"
#include "store/store.h"

namespace faultline {
namespace {

struct ShowOptions {
  std::string boot;
  bool console = false;
  bool output = false;
  bool sheet = false;
  bool xml = false;
  bool counters = false;
  bool profile = false;
  bool stacks = false;
  bool rows = false;
  bool all = false;
};

void print_summary(const BootRecord& boot) {
  const auto started = static_cast<std::time_t>(boot.started_at_ns / 1'000'000'000);
  fmt::print("boot       {}\n", boot.boot_id);
  fmt::print("outcome    {}", to_string(boot.outcome.kind));
  if (!boot.outcome.phase.empty()) fmt::print(" in {}", printable(boot.outcome.phase));
  fmt::print("\n");
  if (!boot.outcome.detail.empty()) fmt::print("           {}\n", printable(boot.outcome.detail));
  if (!boot.outcome.oops_title.empty())
    fmt::print("oops       {}\n", printable(boot.outcome.oops_title));
  fmt::print("arm        {} on {}, block {}, position {}, attempt {}\n", boot.arm, boot.topology,
             boot.block + 1, boot.position + 1, boot.attempt + 1);
  fmt::print("started    {:%Y-%m-%d %H:%M:%S} local time, on {}\n", fmt::localtime(started),
             boot.accel);
  fmt::print("took       {:.2f} s to the agent's hello, {:.2f} s in all\n", boot.boot_seconds,
             boot.wall_seconds);
  fmt::print("kernel     {} ({})\n", printable(boot.kernel_release), boot.kernel_key.substr(0, 12));
  fmt::print("image      {}\n", boot.image_hash.substr(0, 12));
  fmt::print("cmdline    {}\n", boot.cmdline);
  if (!boot.artifacts_file.empty()) fmt::print("artifacts  {}\n", boot.artifacts_file);
  if (!boot.conditions.empty()) {
    std::string text;
    for (const auto& [name, value] : boot.conditions)
      text += fmt::format("{}{} {:.3g}", text.empty() ? "" : ", ", printable(name, 40), value);
    fmt::print("host       {}\n", text);
  }
  if (!boot.contamination.empty()) fmt::print("not counted {}\n", printable(boot.contamination));
  for (const CollectorRecord& collector : boot.collectors)
    if (!collector.problem.empty())
      fmt::print("collector  {}: {}\n", printable(collector.name), printable(collector.problem));
  for (const std::string& note : boot.notes) fmt::print("note       {}\n", printable(note));
}

/// "rmap-walk children=16", and whether its numbers are those of a disturbed program.
void print_step_name(const char* before, const StepRecord& step) {
  fmt::print("{}{} {}{}\n", before, step.workload, step.params,
             step.perturbed ? " (perturbed by a collector)" : "");
}

void print_steps(const BootRecord& boot) {
  for (const StepRecord& step : boot.steps) {
    print_step_name("\n", step);
    for (std::size_t i = 0; i < step.iterations.size(); ++i) {
      const IterationRecord& iteration = step.iterations[i];
      fmt::print("  iteration {}: {} {}, {:.3f} s wall, {:.3f} s user, {:.3f} s system, {} MiB\n",
                 i + 1, to_string(iteration.end.kind), iteration.end.code,
                 std::chrono::duration<double>(iteration.wall).count(),
                 std::chrono::duration<double>(iteration.user).count(),
                 std::chrono::duration<double>(iteration.system).count(),
                 iteration.max_rss_kib / 1024);
      for (const SampleRecord& sample : step.samples)
        if (sample.iteration == i) fmt::print("    {:<28} {:.9g}\n", sample.metric, sample.value);
    }
  }
}

void print_outputs(const BootRecord& boot) {
  for (const StepRecord& step : boot.steps)
    for (std::size_t i = 0; i < step.iterations.size(); ++i) {
      fmt::print("== {} {}, iteration {}, standard output{}\n{}\n", step.workload, step.params,
                 i + 1, step.iterations[i].truncated ? " (cut)" : "",
                 printable(step.iterations[i].standard_output));
      if (!step.iterations[i].standard_error.empty())
        fmt::print("== standard error\n{}\n", printable(step.iterations[i].standard_error));
    }
}

/// Counters that moved, the most first.
void print_counters(const BootRecord& boot) {
  for (const StepRecord& step : boot.steps) {
    print_step_name("== ", step);
    std::vector<const CounterRecord*> moved;
    for (const CounterRecord& counter : step.counters)
      if (std::abs(counter.after - counter.before) > 0) moved.push_back(&counter);  // not NaN
    std::sort(moved.begin(), moved.end(), [](const CounterRecord* a, const CounterRecord* b) {
      return std::abs(a->after - a->before) > std::abs(b->after - b->before);
    });
    for (const CounterRecord* counter : moved)
      fmt::print("{:>16.0f}  {:>16.0f} -> {:<16.0f} {} {}\n", counter->after - counter->before,
                 counter->before, counter->after, printable(counter->source, 40),
                 printable(counter->name, 60));
  }
}

void print_profile(Store& store, const BootRecord& boot, bool all) {
  std::vector<std::vector<unsigned>> distances;
  for (const RunInfo& run : store.runs())
    for (std::size_t i = 0; i < run.topologies.size(); ++i)
      if (run.run_id == boot.run_id && run.topologies[i] == boot.topology)
        distances = distances_of(run.topology_json[i]);
  const std::string text = profile_text(boot, distances, all);
  fmt::print("{}", text.empty() ? "this boot was not instrumented (docs/instrument.md)\n" : text);
}

/// Folded stacks, as flame graph programs read them; the step is the outermost frame.
void print_stacks(const BootRecord& boot) {
  for (const StepRecord& step : boot.steps) {
    std::istringstream lines(step.profile.folded);
    for (std::string line; std::getline(lines, line);)
      fmt::print("{}{}{};{}\n", step.workload, step.params.empty() ? "" : " ", step.params,
                 printable(line));
  }
}

/// Escaped for terminals, like all that guests wrote: equal boots stay equal, others differ.
void print_rows(const BootRecord& boot) {
  const std::string text = printable(boot_rows(boot));
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace

void add_show_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "show", "Show one boot: outcome, measurements, console, output, provenance");
  auto options = std::make_shared<ShowOptions>();
  command->add_option("BOOT", options->boot, "Boot name, or a unique beginning of one")->required();
  command->add_flag("--console", options->console, "Print the console log");
  command->add_flag("--output", options->output, "Print what the workloads printed");
  command->add_flag("--sheet", options->sheet, "Print the run sheet, JSON");
  command->add_flag("--xml", options->xml, "Print the libvirt domain XML");
  command->add_flag("--counters", options->counters, "Print the counters that moved in each step");
  command->add_flag("--profile", options->profile, "Print what an instrumented boot executed");
  command->add_flag("--stacks", options->stacks, "Print its call stacks, folded, for flame graphs");
  command->add_flag("--rows", options->rows,
                    "Print all that the guest did, every digit and nothing of the host, to be "
                    "compared with another boot's by diff or sha256sum");
  command->add_flag("--all", options->all, "With --profile: every function");
  command->callback([&invocation, options] {
    if (!std::filesystem::exists(invocation.database))
      throw Error(ErrorKind::user_input, "opening " + invocation.database.string(), "no such file",
                  "start a run first, or name another database with --db");
    Store store = Store::open(invocation.database, Store::Mode::read_only);
    const BootRecord boot = store.boot(options->boot);
    if (options->console) fmt::print("{}\n", printable(boot.console));
    if (options->output) print_outputs(boot);
    if (options->sheet) fmt::print("{}\n", boot.run_sheet);
    if (options->xml) fmt::print("{}\n", boot.domain_xml);
    if (options->counters) print_counters(boot);
    if (options->profile) print_profile(store, boot, options->all);
    if (options->stacks) print_stacks(boot);
    if (options->rows) print_rows(boot);
    if (options->console || options->output || options->sheet || options->xml ||
        options->counters || options->profile || options->stacks || options->rows)
      return;
    print_summary(boot);
    print_steps(boot);
  });
}

}  // namespace faultline
