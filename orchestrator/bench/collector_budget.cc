// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "bench/bench_guests.h"
#include "bench/budgets.h"
#include "bench/newest_kernel.h"
#include "run/boot.h"
#include "spec/collectors.h"

namespace faultline::bench {
namespace {

using boost::asio::awaitable;

constexpr std::uint32_t steps = 21;
constexpr double step_seconds = 10;

/// Steps that print the seconds since the guest started and do nothing else, so that what lies
/// between two of them is the agent's work.
void add_steps(BootOrder& order, std::vector<std::string> collect) {
  order.sheet.collect = std::move(collect);
  for (std::uint32_t id = 0; id < steps; ++id) {
    guest::SheetStep step;
    step.id = id;
    step.workload = "uptime";
    step.argv = {"cat", "/proc/uptime"};
    order.sheet.steps.push_back(step);
    order.steps.push_back({.workload = step.workload, .params = {}, .metrics = {}});
  }
}

double uptime(const StepRecord& step) {
  const std::string& text = step.iterations.at(0).standard_output;
  double seconds = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec != std::errc())
    throw Error(ErrorKind::host, "reading a guest's /proc/uptime", text);
  return seconds;
}

/// Seconds of the instruction clock from one step to the next.
awaitable<double> between_steps(Hypervisor& hypervisor, BenchFolders folders,
                                std::vector<std::string> collect) {
  const TemporaryDirectory scratch;
  const SystemClock clock;
  Interrupt interrupt;
  BootServices services{hypervisor,     clock,
                        interrupt,      deadlines_for(Accelerator::icount),
                        scratch.path(), scratch.path()};
  const KernelArtifact kernel = co_await newest_kernel(folders.cache);
  const GuestImage image = build_image(
      minimal_image("/bin/busybox", {folders.guest_parts, kernel.modules, {}}), folders.cache);
  Topology machine;
  machine.name = "two-node";
  machine.nodes.assign(2, {.cpus = 1, .memory = Bytes{512} << 20, .host_node = std::nullopt});
  machine.distances = {{10, 21}, {21, 10}};
  BootOrder order = prepare_empty_boot("bench-collectors", machine, Accelerator::icount, kernel,
                                       image, services.deadlines);
  order.cmdline += " sysctl.vm.mem_profiling=1";  // or allocinfo would be empty
  add_steps(order, std::move(collect));
  const BootProgress silent = [](const std::string&) {};
  const BootRecord record = co_await run_boot(services, std::move(order), silent);
  if (record.outcome.kind != OutcomeKind::completed)
    throw Error(ErrorKind::host, "booting a guest", record.outcome.detail);
  co_return (uptime(record.steps.at(steps - 1)) - uptime(record.steps.at(0))) / (steps - 1);
}

}  // namespace

std::vector<Row> collector_budget(BenchGuests& guests, const BenchFolders& folders) {
  const double without = complete(guests.io(), between_steps(guests.hypervisor(), folders, {}));
  std::vector<std::string> quiet;
  for (const CollectorDefinition& collector : collectors())
    if (!collector.perturbs) quiet.push_back(collector.name);
  const std::string what = fmt::format("all {} quiet collectors in a step of 10 s", quiet.size());
  const double with =
      complete(guests.io(), between_steps(guests.hypervisor(), folders, std::move(quiet)));
  const double share = (with - without) / step_seconds;
  return {{what,
           fmt::format("{:.2f} % ({:.0f} ms of the instruction clock)", share * 100,
                       (with - without) * 1000),
           "1 %", share <= 0.01}};
}

}  // namespace faultline::bench
