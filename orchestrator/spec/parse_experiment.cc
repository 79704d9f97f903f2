// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/parse_experiment.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "spec/exact_run.h"
#include "spec/experiment_reader.h"
#include "spec/experiment_shape.h"
#include "spec/matrix.h"
#include "spec/quantity.h"
#include "spec/yaml_values.h"

namespace faultline {

void check_unique_names(const ReaderContext& context, const std::string& key,
                        const std::string& kind) {
  std::map<std::string, int> lines;
  for (const YamlNode* item : items_of(value_at(&context.root, key))) {
    const YamlNode* name = value_at(item, "name");
    if (!name || name->kind != YamlNode::Kind::scalar) continue;
    const auto [first, fresh] = lines.emplace(name->scalar, name->mark.line);
    if (!fresh)
      context.diagnostics.error(name->mark,
                                kind + " " + in_quotes(name->scalar) + " is defined twice",
                                "the first is on line " + std::to_string(first->second));
  }
}

RunPolicy read_runs(const ReaderContext& context, Accelerator accel) {
  const YamlNode* runs = value_at(&context.root, "runs");
  RunPolicy policy;
  const auto blocks = integer_at(runs, "blocks");
  policy.blocks_given = blocks.has_value();
  policy.blocks = static_cast<unsigned>(blocks.value_or(default_blocks(accel)));
  policy.seed = static_cast<std::uint64_t>(integer_at(runs, "seed").value_or(0));
  policy.retries = static_cast<unsigned>(integer_at(runs, "retries").value_or(policy.retries));
  policy.budget = duration_at(runs, "budget");
  policy.count_perturbed = text_at(runs, "perturbed") == "count";
  if (const auto text = text_at(runs, "precision")) policy.precision = parse_percentage(*text);
  if (const auto max_blocks = integer_at(runs, "max_blocks"))
    policy.max_blocks = static_cast<unsigned>(*max_blocks);
  if (const YamlNode* precision = value_at(runs, "precision");
      precision && accel == Accelerator::icount)
    context.diagnostics.error(precision->mark,
                              "'precision' has no meaning on the instruction clock",
                              "its figures are exact: leave precision out");
  if (const YamlNode* one = value_at(runs, "blocks");
      one && accel == Accelerator::icount && blocks && *blocks == 1)
    context.diagnostics.warning(one->mark,
                                "one block proves nothing on the instruction clock: no result is "
                                "called exact before a second boot of each arm has agreed",
                                "leave 'blocks' out, or write 2");
  policy.layouts = static_cast<unsigned>(integer_at(runs, "layouts").value_or(0));
  const YamlNode* written = value_at(runs, "max_blocks");
  if (written && !value_at(runs, "precision"))
    context.diagnostics.error(written->mark, "'max_blocks' without 'precision' has no effect",
                              "add precision, or give blocks alone");
  if (policy.max_blocks && *policy.max_blocks < policy.blocks)
    context.diagnostics.error(written->mark, "'max_blocks' is less than the " +
                                                 std::to_string(policy.blocks) + " of 'blocks'");
  if (policy.precision && !policy.max_blocks) policy.max_blocks = policy.blocks * 4;
  if (policy.layouts > 0 && accel == Accelerator::icount)
    context.diagnostics.error(value_at(runs, "layouts")->mark,
                              "'layouts' has no meaning on the instruction clock",
                              "an instruction counts the same wherever it lies: leave it out");
  else if (policy.layouts > policy.blocks)
    context.diagnostics.error(
        value_at(runs, "layouts")->mark,
        counted(policy.blocks, "block") + " cannot go through " + counted(policy.layouts, "layout"),
        "every block boots one: give at least as many blocks");
  return policy;
}

namespace {

/// Layouts are for kernels that are built here, and more than one of them.
void check_layouts(const ReaderContext& context, const Experiment& experiment) {
  if (experiment.runs.layouts == 0) return;
  const YamlMark mark = value_at(value_at(&context.root, "runs"), "layouts")->mark;
  for (const Arm& arm : experiment.arms)
    if (arm.source.kind == KernelSource::Kind::image) {
      context.diagnostics.error(
          mark, "kernel " + in_quotes(arm.name) + " is a finished image: it has one layout",
          "leave 'layouts' out, or build that kernel from its source");
      return;
    }
  const std::vector<std::size_t> builds = builds_of_arms(experiment);
  if (std::equal(builds.begin() + 1, builds.end(), builds.begin()))
    context.diagnostics.error(mark, "all kernels are one build: their text is laid out alike",
                              "leave 'layouts' out: nothing here comes from where code lies");
  if (experiment.runs.layouts < 6)
    context.diagnostics.warning(mark, "fewer than 6 layouts allow no verdict",
                                "a layout is to them what a block is elsewhere "
                                "(docs/statistics.md)");
}

std::size_t read_baseline(const ReaderContext& context, const std::vector<Arm>& arms) {
  const YamlNode* baseline = value_at(&context.root, "baseline");
  if (!baseline || baseline->kind != YamlNode::Kind::scalar) return 0;
  std::vector<std::string> names;
  for (const Arm& arm : arms) names.push_back(arm.name);
  const auto found = std::find(names.begin(), names.end(), baseline->scalar);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  context.diagnostics.error(baseline->mark, "unknown kernel " + in_quotes(baseline->scalar),
                            name_hint(baseline->scalar, names));
  return 0;
}

std::vector<std::string> read_collect(const ReaderContext& context) {
  std::set<std::string> seen;
  for (const YamlNode* item : items_of(value_at(&context.root, "collect")))
    if (item->kind == YamlNode::Kind::scalar && !seen.insert(item->scalar).second)
      context.diagnostics.error(item->mark, in_quotes(item->scalar) + " is collected twice");
  return texts_at(&context.root, "collect").value_or(std::vector<std::string>{});
}

std::vector<std::string> read_functions(const ReaderContext& context) {
  const YamlNode* functions = value_at(&context.root, "functions");
  const std::vector<std::string> collect =
      texts_at(&context.root, "collect").value_or(std::vector<std::string>{});
  const bool wanted = std::count(collect.begin(), collect.end(), "functions") > 0;
  if (wanted != (functions != nullptr)) {
    const YamlNode* at = wanted ? value_at(&context.root, "collect") : functions;
    context.diagnostics.error(
        at->mark,
        wanted ? "the collector 'functions' does not know which"
               : "'functions' is for the collector of that name",
        wanted ? "write for example functions: [rmap_walk_anon]" : "add it to 'collect'");
  }
  for (const YamlNode* item : items_of(functions)) {
    if (item->kind != YamlNode::Kind::scalar) continue;
    const bool symbol =
        !item->scalar.empty() && item->scalar.find_first_not_of(
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string::npos;
    if (!symbol)
      context.diagnostics.error(item->mark, in_quotes(item->scalar) + " is no name of a function",
                                "write it as /proc/kallsyms does");
  }
  return texts_at(&context.root, "functions").value_or(std::vector<std::string>{});
}

}  // namespace

Instrument read_instrument(const ReaderContext& context, Accelerator accel) {
  Instrument instrument;
  const YamlNode* written = value_at(&context.root, "instrument");
  for (const std::string& name :
       texts_at(&context.root, "instrument").value_or(std::vector<std::string>{})) {
    instrument.functions = true;
    instrument.calls |= name == "calls";
    instrument.memory |= name == "memory";
  }
  if (instrument.wanted() && accel != Accelerator::icount)
    context.diagnostics.error(written->mark, "'instrument' needs the instruction clock",
                              "add accel: icount");
  return instrument;
}

namespace {

Accelerator read_accel(const ReaderContext& context) {
  const std::string text = text_at(&context.root, "accel").value_or("auto");
  for (const Accelerator accel : {Accelerator::kvm, Accelerator::tcg, Accelerator::icount})
    if (to_string(accel) == text) return accel;
  return Accelerator::automatic;
}

/// Two steps that measure the same would be one cell under two names.
void check_distinct_steps(const ReaderContext& context, const Experiment& experiment,
                          const std::vector<MatrixStep>& steps) {
  std::map<std::pair<std::string, std::map<std::string, std::string>>, std::size_t> seen;
  std::set<std::pair<std::size_t, std::size_t>> reported;
  for (const MatrixStep& step : steps) {
    const WorkloadUse& use = experiment.workloads[step.use];
    const auto [first, fresh] = seen.emplace(std::pair(use.workload, step.params), step.use);
    if (fresh || !reported.emplace(first->second, step.use).second) continue;
    context.diagnostics.error(
        {use.position.line, use.position.column},
        "workload " + in_quotes(use.workload) + " runs twice with the same parameters",
        "the first use is on line " +
            std::to_string(experiment.workloads[first->second].position.line));
  }
}

void check_filters_match(const ReaderContext& context, const std::string& key,
                         const std::vector<MatrixFilter>& filters, const Experiment& experiment,
                         const std::vector<MatrixStep>& steps) {
  const std::vector<const YamlNode*> items = items_of(value_at(&context.root, key));
  for (std::size_t i = 0; i < filters.size() && i < items.size(); ++i)
    if (!matches_anything(filters[i], experiment, steps))
      context.diagnostics.warning(items[i]->mark, "this filter of '" + key + "' matches nothing");
}

void check_baseline_boots(const ReaderContext& context, const Experiment& experiment,
                          const std::vector<MatrixBoot>& boots) {
  std::set<std::uint32_t> with_baseline;
  std::set<std::uint32_t> without;
  for (const MatrixBoot& boot : boots)
    (boot.arm == experiment.baseline ? with_baseline : without).insert(boot.topology);
  for (const std::uint32_t topology : without)
    if (!with_baseline.contains(topology)) {
      const Topology& at = experiment.topologies[topology];
      context.diagnostics.warning({at.position.line, at.position.column},
                                  "the baseline " +
                                      in_quotes(experiment.arms[experiment.baseline].name) +
                                      " does not boot on topology " + in_quotes(at.name),
                                  "nothing can be compared there");
    }
}

void check_memory_needs(const ReaderContext& context, const Experiment& experiment) {
  Bytes largest = 0;
  std::string needed_by;
  for (const WorkloadUse& use : experiment.workloads) {
    const WorkloadDefinition& workload = context.catalogue.workloads.at(use.workload);
    if (workload.memory > largest) {
      largest = workload.memory;
      needed_by = workload.name;
    }
  }
  for (const Topology& topology : experiment.topologies)
    if (topology.memory() < largest)
      context.diagnostics.warning({topology.position.line, topology.position.column},
                                  "topology " + in_quotes(topology.name) + " has " +
                                      format_size(static_cast<std::int64_t>(topology.memory())) +
                                      " of memory, workload " + in_quotes(needed_by) +
                                      " needs about " +
                                      format_size(static_cast<std::int64_t>(largest)));
}

/// Refuses what is empty or beyond the bounds. Only for an experiment without errors so far.
void check_matrix(const ReaderContext& context, const Experiment& experiment) {
  using Limits = ExperimentLimits;
  const YamlNode& workloads = *value_at(&context.root, "workloads");
  const std::uint64_t step_count = count_steps(experiment);
  if (step_count > Limits::steps) {
    context.diagnostics.error(
        workloads.mark,
        "the workloads make more than " + std::to_string(Limits::steps) + " different steps",
        "give fewer parameters a list of values");
    return;
  }
  const std::vector<MatrixStep> steps = expand_steps(experiment, context.catalogue);
  check_distinct_steps(context, experiment, steps);
  check_filters_match(context, "include", experiment.include, experiment, steps);
  check_filters_match(context, "exclude", experiment.exclude, experiment, steps);
  const std::uint64_t pairs = experiment.arms.size() * experiment.topologies.size();
  if (pairs * step_count > Limits::planned_steps) {
    context.diagnostics.error(
        workloads.mark,
        "one block has more than " + std::to_string(Limits::planned_steps) + " steps",
        "use fewer kernels, topologies or values");
    return;
  }
  const std::vector<MatrixBoot> boots = select_boots(experiment, steps);
  if (boots.empty()) {
    const YamlNode* filters = value_at(&context.root, "exclude");
    if (!filters) filters = value_at(&context.root, "include");
    context.diagnostics.error(filters ? filters->mark : context.root.mark,
                              "the filters leave nothing to boot");
    return;
  }
  const std::uint64_t blocks = experiment.runs.max_blocks.value_or(experiment.runs.blocks);
  std::uint64_t block_steps = 0;
  for (const MatrixBoot& boot : boots) block_steps += boot.steps.size();
  const YamlNode* runs = value_at(&context.root, "runs");
  const YamlMark mark = runs ? runs->mark : context.root.mark;
  if (boots.size() * blocks > Limits::boots)
    context.diagnostics.error(mark,
                              std::to_string(blocks) + " blocks of " +
                                  counted(boots.size(), "boot") + " are more than " +
                                  counted(Limits::boots, "boot"),
                              "use fewer blocks");
  else if (block_steps * blocks > Limits::planned_steps)
    context.diagnostics.error(mark,
                              std::to_string(blocks) + " blocks of " +
                                  counted(block_steps, "step") + " are more than " +
                                  counted(Limits::planned_steps, "step"),
                              "use fewer blocks");
  check_baseline_boots(context, experiment, boots);
  check_memory_needs(context, experiment);
  for (const Diagnostic& problem : exact_run_problems(experiment, context.catalogue))
    context.diagnostics.error({problem.position.line, problem.position.column}, problem.message,
                              problem.hint);
}

/// "published/NAME", a file of experiments/.
std::string read_reference(const ReaderContext& context) {
  const YamlNode* node = value_at(&context.root, "reference");
  if (!node || node->kind != YamlNode::Kind::scalar) return "";
  const std::string prefix = "published/";
  const std::string name =
      node->scalar.starts_with(prefix) ? node->scalar.substr(prefix.size()) : node->scalar;
  if (context.catalogue.published.contains(name)) return name;
  std::vector<std::string> known;
  for (const auto& [each, figures] : context.catalogue.published) known.push_back(each);
  context.diagnostics.error(node->mark, "there are no published figures " + in_quotes(node->scalar),
                            name_hint(name, known, "they are files of experiments/published"));
  return "";
}

Experiment read_experiment(const ReaderContext& context) {
  Experiment experiment;
  experiment.file = context.diagnostics.file();
  experiment.name = text_at(&context.root, "name").value_or("");
  experiment.question = text_at(&context.root, "question").value_or("");
  experiment.reference = read_reference(context);
  experiment.arms = read_arms(context);
  experiment.baseline = read_baseline(context, experiment.arms);
  experiment.topologies = read_topologies(context);
  experiment.workloads = read_workload_uses(context);
  experiment.include = read_filters(context, "include", experiment);
  experiment.exclude = read_filters(context, "exclude", experiment);
  experiment.collect = read_collect(context);
  experiment.functions = read_functions(context);
  experiment.analysis = read_analysis(context, experiment);
  experiment.gate = read_gate(context);
  experiment.contamination = read_contamination(context);
  experiment.accel = read_accel(context);
  experiment.instrument = read_instrument(context, experiment.accel);
  experiment.runs = read_runs(context, experiment.accel);
  if (!context.diagnostics.has_errors()) check_layouts(context, experiment);
  return experiment;
}

}  // namespace

ParsedExperiment parse_experiment(const std::string& text, const std::string& file,
                                  const Catalogue& catalogue) {
  DiagnosticList diagnostics(file);
  ParsedExperiment parsed;
  const YamlNodePtr root = parse_yaml(text, diagnostics);
  if (root) check_shape(*root, experiment_shape(catalogue), "experiment", diagnostics);
  if (root && root->kind == YamlNode::Kind::map && diagnostics.within_bounds()) {
    std::error_code unknown_folder;  // then relative paths stay relative
    const std::filesystem::path folder =
        std::filesystem::absolute(file, unknown_folder).parent_path();
    const ReaderContext context{*root, catalogue, folder, diagnostics};
    Experiment experiment = read_experiment(context);
    if (!diagnostics.has_errors()) check_matrix(context, experiment);
    if (!diagnostics.has_errors()) {
      experiment.text = text;
      parsed.experiment = std::move(experiment);
    }
  }
  parsed.diagnostics = diagnostics.take();
  return parsed;
}

}  // namespace faultline
