// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "async/process_runner.h"
#include "base/error.h"
#include "base/files.h"
#include "bench/bench_guests.h"
#include "bench/budgets.h"
#include "bench/newest_kernel.h"
#include "bench/timed_hypervisor.h"
#include "run/boot.h"

namespace faultline::bench {
namespace {

namespace fs = std::filesystem;
using boost::asio::awaitable;
using Seconds = std::chrono::duration<double>;

Topology topology(unsigned nodes, unsigned cpus_each) {
  Topology result;
  result.name = fmt::format("n{}c{}", nodes, nodes * cpus_each);
  for (unsigned i = 0; i < nodes; ++i) {
    result.nodes.push_back(
        {.cpus = cpus_each, .memory = Bytes{512} << 20, .host_node = std::nullopt});
    result.distances.emplace_back(nodes, 21);
    result.distances.back()[i] = 10;
  }
  return result;
}

/// What a person would type for the same machine, and nothing else.
std::vector<std::string> bare_qemu(const BootOrder& order, const fs::path& initramfs) {
  const std::size_t nodes = order.topology.nodes.size();
  unsigned cpus = 0;
  for (const TopologyNode& node : order.topology.nodes) cpus += node.cpus;
  std::vector<std::string> argv{"qemu-system-x86_64",
                                "-accel",
                                "tcg",
                                "-machine",
                                "q35,usb=off,vmport=off,smbus=off,sata=off,hpet=off",
                                "-cpu",
                                "max,-erms",
                                "-nodefaults",
                                "-no-user-config",
                                "-display",
                                "none",
                                "-no-reboot",
                                "-serial",
                                "null",
                                "-kernel",
                                boot_file(order.kernel),
                                "-initrd",
                                initramfs,
                                "-append",
                                order.cmdline,
                                "-smp",
                                fmt::format("{},sockets={}", cpus, nodes),
                                "-m",
                                fmt::format("{}M", 512 * nodes)};
  unsigned first = 0;
  for (std::size_t i = 0; nodes > 1 && i < nodes; ++i) {
    const unsigned last = first + order.topology.nodes[i].cpus - 1;
    for (std::string word :
         {std::string("-object"), fmt::format("memory-backend-ram,id=m{},size=512M", i),
          std::string("-numa"),
          fmt::format("node,nodeid={0},memdev=m{0},cpus={1}-{2}", i, first, last)})
      argv.push_back(std::move(word));
    first = last + 1;
  }
  return argv;
}

struct BootTimes {
  std::vector<double> bare;   ///< Bare QEMU, from its start to its end.
  std::vector<double> ready;  ///< Ours, from the order to the agent's hello.
  std::vector<double> added;  ///< Ours, all that is not the guest running.
};

awaitable<BootTimes> boot_in_turns(Hypervisor& hypervisor, BenchFolders folders, Topology machine,
                                   unsigned rounds) {
  const TemporaryDirectory scratch;
  const SystemClock clock;
  Interrupt interrupt;
  ProcessRunner processes;
  TimedHypervisor timed(hypervisor);
  BootServices services{timed,          clock,         interrupt, deadlines_for(Accelerator::tcg),
                        scratch.path(), scratch.path()};
  const KernelArtifact kernel = co_await newest_kernel(folders.cache);
  const GuestImage image = build_image(
      minimal_image("/bin/busybox", {folders.guest_parts, kernel.modules, {}}), folders.cache);
  ImageRecipe bare_recipe;
  ImageFile init;
  init.path = "init";
  init.source = folders.power_off;
  init.mode = 0755;
  bare_recipe.files.push_back(init);
  const GuestImage bare_image = build_image(bare_recipe, folders.cache);

  BootTimes times;
  for (unsigned round = 0; round < rounds; ++round) {
    BootOrder order = prepare_empty_boot(fmt::format("bench-{}-{}", machine.name, round), machine,
                                         Accelerator::tcg, kernel, image, services.deadlines);
    Command bare;
    bare.argv = bare_qemu(order, bare_image.path);
    const CommandResult result = co_await processes.run(bare);
    if (!result.ok()) throw Error(ErrorKind::host, "running bare QEMU", result.standard_error);
    times.bare.push_back(Seconds(result.duration).count());

    const BootProgress silent = [](const std::string&) {};
    const SteadyTime begin = clock.steady();
    const BootRecord record = co_await run_boot(services, std::move(order), silent);
    if (record.outcome.kind != OutcomeKind::completed)
      throw Error(ErrorKind::host, "booting a guest", record.outcome.detail);
    times.ready.push_back(Seconds(timed.times().resumed - begin).count() + record.boot_seconds);
    const Seconds guest = timed.times().ended - timed.times().resumed;
    times.added.push_back(Seconds(clock.steady() - begin - guest).count());
  }
  co_return times;
}

}  // namespace

std::vector<Row> boot_budgets(BenchGuests& guests, const BenchFolders& folders, unsigned rounds) {
  const BootTimes small =
      complete(guests.io(), boot_in_turns(guests.hypervisor(), folders, topology(1, 2), rounds));
  const BootTimes large =
      complete(guests.io(), boot_in_turns(guests.hypervisor(), folders, topology(2, 8), rounds));

  std::vector<double> ratios;
  for (std::size_t i = 0; i < small.bare.size(); ++i)
    ratios.push_back(small.ready[i] / small.bare[i]);
  const double ratio = median(ratios);
  const double added = median(small.added);
  const double ready = median(large.ready);
  return {{"guest ready, 2 vCPU, against bare QEMU",
           fmt::format("{:.2f} x ({:.2f} s : {:.2f} s)", ratio, median(small.ready),
                       median(small.bare)),
           "1.10 x", ratio <= 1.10},
          {"guest ready, 16 vCPU, 2 nodes, TCG",
           fmt::format("{:.2f} s (bare {:.2f} s)", ready, median(large.bare)), "4 s", ready <= 4},
          {"added to a boot outside the guest", fmt::format("{:.0f} ms", added * 1000), "150 ms",
           added <= 0.150}};
}

}  // namespace faultline::bench
