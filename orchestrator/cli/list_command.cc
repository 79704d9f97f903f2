// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "store/store.h"

namespace faultline {
namespace {

std::string local_time(std::int64_t ns) {
  if (ns == 0) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M}",
                     fmt::localtime(static_cast<std::time_t>(ns / 1'000'000'000)));
}

void print_table(const std::vector<RunInfo>& runs) {
  if (runs.empty()) {
    fmt::print("no runs yet; start one with: faultline run experiments/quickstart.yaml\n");
    return;
  }
  fmt::print("{:>4}  {:<16}  {:<24}  {:<6}  {:>7}  {}\n", "run", "started", "experiment", "accel",
             "boots", "state");
  for (const RunInfo& run : runs)
    fmt::print("{:>4}  {:<16}  {:<24}  {:<6}  {:>7}  {}\n", run.run_id,
               local_time(run.started_at_ns), printable(run.experiment, 24), run.accel,
               run.planned_boots,
               std::string(run.finished_at_ns == 0 ? "unfinished"
                           : run.stopped.empty()   ? "finished"
                                                   : "stopped early") +
                   (run.kind == "calibration" ? ", calibration" : ""));
}

void print_json(const std::vector<RunInfo>& runs) {
  nlohmann::json list = nlohmann::json::array();
  for (const RunInfo& run : runs)
    list.push_back({{"run", run.run_id},
                    {"experiment", run.experiment},
                    {"kind", run.kind},
                    {"stopped", run.stopped},
                    {"started_at_ns", run.started_at_ns},
                    {"finished_at_ns", run.finished_at_ns},
                    {"accel", run.accel},
                    {"seed", run.seed},
                    {"blocks", run.blocks},
                    {"boots", run.planned_boots},
                    {"arms", run.arms},
                    {"topologies", run.topologies},
                    {"baseline", run.baseline}});
  fmt::print("{}\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void add_list_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("list", "List the runs of the database");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print JSON");
  command->callback([&invocation, json] {
    std::vector<RunInfo> runs;
    if (std::filesystem::exists(invocation.database))
      runs = Store::open(invocation.database, Store::Mode::read_only).runs();
    if (*json)
      print_json(runs);
    else
      print_table(runs);
  });
}

}  // namespace faultline
