// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/testing/fake_results.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>

#include "base/random.h"

namespace faultline::fake {
namespace {

/// Roughly normal, mean 0, deviation 1: twelve uniforms.
double noise(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += double(random.below(1u << 20)) / (1u << 20);
  return sum;
}

struct Shape {
  double walk_seconds, fork_seconds;
};

/// Seconds by arm and number of children, from small two-CPU guests under TCG.
Shape shape_of(bool shared, unsigned children) {
  const double n = children;
  return {shared ? 0.028 + 1.35e-4 * n * n : 0.03 + 4.2e-4 * n,
          shared ? 0.012 + 5.6e-4 * n : 0.012 + 6.0e-4 * n};
}

RunInfo quickstart_run(const FakeOptions& options) {
  RunInfo run;
  run.run_id = 3;
  run.experiment = "quickstart";
  run.question = "Does one anon_vma per child keep reverse-map walks flat as a server forks?";
  run.experiment_text =
      "faultline: 1\nname: quickstart\nbaseline: chains\nkernels:\n"
      "  - {name: chains, source: \"debian:linux-source-6.12\", series: [anon-vma-shared]}\n"
      "  - {name: shared, like: chains, cmdline: \"rmap.fork_share=1\"}\n"
      "topologies: [one-node, two-node]\n"
      "workloads:\n  - {use: rmap-walk, params: {children: [16, 64, 256], pages: 64}, "
      "iterations: 3}\nruns: {blocks: 6, seed: 20100117}\n";
  run.experiment_hash = std::string(64, 'e');
  run.seed = options.seed;
  run.blocks = options.blocks;
  run.baseline = "chains";
  run.arms = {"chains", "shared"};
  run.arm_cmdlines = {"", "rmap.fork_share=1"};
  run.topologies = {"one-node", "two-node"};
  run.topology_json = {R"({"nodes":[{"cpus":2,"memory":1073741824}],"distances":[[10]]})",
                       R"({"nodes":[{"cpus":2,"memory":536870912},{"cpus":2,"memory":536870912}],)"
                       R"("distances":[[10,21],[21,10]]})"};
  run.accel = "tcg";
  run.accel_reason = "/dev/kvm opens, but the probe guest stopped with a KVM internal error";
  run.started_at_ns = 1'760'000'000'000'000'000;
  run.finished_at_ns = run.started_at_ns + 1'260'000'000'000;
  run.faultline_version = "0.1.0";
  run.host = {"AMD EPYC 7B13",  2,        25'165'824, 1,
              "6.1.0-40-amd64", "7.2.22", "9.0.0",    "qemu:///embed?root=/var/lib/faultline"};
  run.metrics = {{"rmap-walk", "walk_seconds", "s", "lower", "ratio", "median", true,
                  "Time to walk the reverse map of every page once"},
                 {"rmap-walk", "fork_seconds", "s", "lower", "ratio", "median", false,
                  "Time to fork all children and let them write their pages"},
                 {"rmap-walk", "walk_ns_per_page", "ns", "lower", "ratio", "median", false,
                  "Walk time for one page"},
                 {"rmap-walk", "pages_walked", "pages", "neutral", "ratio", "median", false,
                  "Pages whose reverse map was walked"}};
  run.planned_steps = {"rmap-walk\tchildren=16 pages=64", "rmap-walk\tchildren=64 pages=64",
                       "rmap-walk\tchildren=256 pages=64"};
  run.planned_boots = std::uint64_t{options.blocks} * 4;
  return run;
}

ResultBoot boot_at(const Results& results, std::uint32_t block, std::uint32_t position,
                   std::uint32_t arm, std::uint32_t topology, Random& random) {
  ResultBoot boot;
  boot.boot_id = "r3-b" + std::to_string(block) + "-" + std::to_string(position);
  boot.block = block;
  boot.position = position;
  boot.arm = arm;
  boot.topology = topology;
  boot.accel = results.run.accel;
  boot.started_at_ns =
      results.run.started_at_ns + std::int64_t(results.boots.size()) * 50'000'000'000;
  boot.boot_seconds = 2.1 + 0.1 * noise(random);
  boot.wall_seconds = 48 + noise(random);
  boot.outcome.phase = "power-off";
  boot.kernel_key = "k-1f0c";
  boot.kernel_release = "6.12.117-faultline";
  return boot;
}

void crash(ResultBoot& boot) {
  boot.outcome = {OutcomeKind::guest_crashed, "step rmap-walk children=256 pages=64",
                  "BUG: kernel NULL pointer dereference in rmap_walk_anon",
                  "The kernel panicked 9.4 s into the step."};
  boot.console_tail =
      "[   21.402117] BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
      "[   21.402190] #PF: supervisor read access in kernel mode\n"
      "[   21.402254] CPU: 1 UID: 0 PID: 61 Comm: rmap-walk Not tainted 6.12.117-faultline\n"
      "[   21.402377] RIP: 0010:rmap_walk_anon+0x4c/0x1f0\n"
      "[   21.402911] Call Trace:\n[   21.402960]  folio_referenced+0x13e/0x1a0\n"
      "[   21.403011]  page_idle_bitmap_write+0x11d/0x1a0\n"
      "[   21.403402] Kernel panic - not syncing: Fatal exception\n";
}

}  // namespace

Results quickstart_results(const FakeOptions& options) {
  Results results;
  results.run = quickstart_run(options);
  results.kernels = {{"k-1f0c",
                      "6.12.117-faultline",
                      "debian:linux-source-6.12",
                      std::string(64, 'a'),
                      "gcc (Debian 12.2.0-14) 12.2.0",
                      "CONFIG_NUMA=y\nCONFIG_IDLE_PAGE_TRACKING=y\n",
                      {"anon-vma-shared"},
                      {std::string(64, 'b')},
                      {{"Forked children share their parent's anon_vma",
                        "anon_vma linking, January 2010",
                        {{"0001.patch", "Subject: [PATCH] mm/rmap: share the anon_vma\n\nWhy.\n"}},
                        ""}},
                      412.5}};
  const unsigned children[] = {16, 64, 256};
  for (const unsigned n : children)
    results.steps.push_back({"rmap-walk", "children=" + std::to_string(n) + " pages=64"});
  Random random(options.seed);
  for (std::uint32_t block = 0; block < options.blocks; ++block) {
    std::vector<std::uint32_t> order{0, 1, 2, 3};
    random.shuffle(order);
    const double drift = 1 + 0.01 * block;  // The host warms up; blocks cancel it.
    for (std::uint32_t position = 0; position < order.size(); ++position) {
      const std::uint32_t arm = order[position] % 2;
      const std::uint32_t topology = order[position] / 2;
      ResultBoot boot = boot_at(results, block, position, arm, topology, random);
      const bool crashes = options.one_crash && block == 3 && arm == 1 && topology == 1;
      if (crashes) crash(boot);
      const auto index = static_cast<std::uint32_t>(results.boots.size());
      const double luck = drift * (1 + 0.03 * noise(random)) * (topology == 1 ? 1.12 : 1);
      for (std::uint32_t step = 0; step < 3; ++step) {
        if (crashes && step == 2) break;
        const Shape shape = shape_of(arm == 1, children[step]);
        const double pages = 65536 + 64.0 * children[step];
        for (std::uint32_t iteration = 0; iteration < 3; ++iteration) {
          const double walk = shape.walk_seconds * luck * (1 + 0.02 * noise(random));
          const double fork = shape.fork_seconds * luck * (1 + 0.02 * noise(random));
          results.samples.push_back({index, step, 0, iteration, walk});
          results.samples.push_back({index, step, 1, iteration, fork});
          results.samples.push_back({index, step, 2, iteration, walk / pages * 1e9});
          results.samples.push_back({index, step, 3, iteration, pages});
        }
      }
      results.boots.push_back(std::move(boot));
    }
  }
  return results;
}

namespace {

/// Adds a counter's row, and its name when it is new.
void count(Results& results, std::uint32_t boot, std::uint32_t step, const std::string& source,
           const std::string& name, double moved, bool perturbed = false) {
  const CounterName wanted{source, name};
  auto& names = results.counter_names;
  auto at = std::find(names.begin(), names.end(), wanted);
  if (at == names.end()) at = names.insert(names.end(), wanted);
  results.counters.push_back(
      {boot, step, static_cast<std::uint32_t>(at - names.begin()), perturbed, moved});
}

void profile(Results& results, std::uint32_t boot, std::uint32_t step, double walk) {
  const std::string call = "rmap-walk;entry_SYSCALL_64_after_hwframe;do_syscall_64;";
  const std::string write = call + "ksys_write;vfs_write;page_idle_bitmap_write;";
  const std::string walked = write + "folio_referenced;rmap_walk_anon";
  results.profiles.push_back(
      {boot,
       step,
       {{walked + ";page_vma_mapped_walk", 8 * walk},
        {walked + ";page_vma_mapped_walk;_raw_spin_lock", walk},
        {walked + ";anon_vma_interval_tree_iter_next", 2 * walk},
        {walked, walk},
        {write + "folio_get", 12},
        {call + "__do_sys_clone;kernel_clone;copy_process;copy_mm;anon_vma_fork", 20},
        {call + "__do_sys_clone;kernel_clone;copy_process;copy_mm;copy_page_range", 31},
        {"rmap-walk;0x7ffff682be70;0x41dac;asm_exc_page_fault;exc_page_fault;handle_mm_fault", 24},
        {"kworker/0:1;ret_from_fork_asm;ret_from_fork;kthread;worker_thread", 3},
        {"swapper;cpu_startup_entry;do_idle;pv_native_safe_halt", 400}}});
}

}  // namespace

Results explained_results(const FakeOptions& options) {
  Results results = quickstart_results(options);
  Random random(options.seed + 1);
  const double children[] = {16, 64, 256};
  for (std::uint32_t i = 0; i < results.boots.size(); ++i) {
    const ResultBoot& boot = results.boots[i];
    if (boot.outcome.kind != OutcomeKind::completed) continue;
    const bool shared = boot.arm == 1;
    for (std::uint32_t step = 0; step < 3; ++step) {
      const double n = children[step];
      const double walks = 64 * n;
      count(results, i, step, "vmstat", "pgfault", 70 * n + 40 * noise(random));
      const double hits = std::round(9000 + (shared ? 500 : 300) * n + 100 * noise(random));
      count(results, i, step, "vmstat", "numa_hit", hits);
      count(results, i, step, "node0/numastat", "numa_hit", hits);
      count(results, i, step, "rmap_counters", "anon_vmas", shared ? walks * (n + 1) : walks);
      count(results, i, step, "rmap_counters", "anon_walks", walks);
      count(results, i, step, "slabinfo", "anon_vma.active_objs",
            std::round((shared ? 40 : 60 + n) + 4 * noise(random)));
      count(results, i, step, "allocinfo",
            "mm/rmap.c:" + std::to_string(shared ? 131 : 94) + " func:anon_vma_chain_alloc.bytes",
            (shared ? 4096 : 64 * n) + 640 * random.below(3));
      for (int other = 0; other < 40; ++other)
        count(results, i, step, "vmstat", "other_" + std::to_string(other),
              std::round(double(other * other) + (1 + other) * noise(random)));
      if (boot.block > 0) continue;
      const std::string lock = "rwsem read [anon_vma] in folio_lock_anon_vma_read";
      count(results, i, step, "contention", lock + ".count", shared ? 40 * n : 3, true);
      count(results, i, step, "contention", lock + ".wait_ns", shared ? 9e5 * n : 4e4, true);
      count(results, i, step, "contention", "spinlock [zone] in rmqueue_bulk.wait_ns", 8e4, true);
      count(results, i, step, "functions", "rmap_walk_anon.calls", walks, true);
      profile(results, i, step, shared ? n : 2);
    }
  }
  return results;
}

namespace {

/// What a step executed: the walk visits each child's page table in `shared`.
StepProfile execution(bool shared, std::uint64_t children) {
  const std::uint64_t walks = 16 * children;
  const std::uint64_t visits = shared ? walks * (children + 1) : walks;
  const auto function = [](const char* name, std::uint64_t entries, std::uint64_t instructions) {
    return FunctionProfile{
        "kernel",
        name,
        entries,
        {{0, instructions}},
        {{0, 0, instructions / 4, instructions / 8, 0, 0}, {0, 1, instructions / 16, 0, 0, 0}}};
  };
  StepProfile profile;
  profile.functions = {function("kernel_clone", children, 21'000 * children),
                       function("page_vma_mapped_walk", visits, 117 * visits),
                       function("rmap_walk_anon", walks, 88 * walks)};
  profile.functions.push_back({"rmap-walk", "main", 1, {{0, 4096}}, {}});
  const std::string walk = "do_syscall_64;vfs_write;page_idle_bitmap_write;rmap_walk_anon";
  profile.folded = "do_syscall_64;kernel_clone " + std::to_string(21'000 * children) + "\n" + walk +
                   " " + std::to_string(88 * walks) + "\n" + walk + ";page_vma_mapped_walk " +
                   std::to_string(117 * visits) + "\n";
  return profile;
}

}  // namespace

Results exact_results() {
  Results results = quickstart_results({.blocks = 2});
  results.run.accel = "icount";
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>,
           double>
      first;
  for (ResultSample& s : results.samples) {
    const ResultBoot& boot = results.boots[s.boot];
    s.value = first.try_emplace({boot.arm, boot.topology, s.step, s.metric, s.iteration}, s.value)
                  .first->second;
  }
  for (std::uint32_t i = 0; i < results.boots.size(); ++i) {
    ResultBoot& boot = results.boots[i];
    boot.accel = "icount";
    const std::uint64_t children[] = {16, 64, 256};
    if (boot.block == 0)
      for (std::uint32_t step = 0; step < 3; ++step)
        results.executions.push_back({i, step, execution(boot.arm == 1, children[step])});
  }
  return results;
}

Results published_results() {
  Results results = quickstart_results({.blocks = 2});
  RunInfo& run = results.run;
  run.accel = "tcg";
  run.arms = {"shared", "chains"};
  run.baseline = "shared";
  run.topologies = {"for-2-workers", "for-4-workers", "for-8-workers"};
  run.topology_json.assign(3, run.topology_json[0]);
  run.metrics = {
      {"vmalloc", "page_table_bytes", "B", "lower", "ratio", "median", true, "what stays"},
      {"aim7", "crossover_users", "users", "higher", "ratio", "median", true, "the crossover"},
      {"aim7", "users_at_max", "users", "neutral", "ratio", "median", false, "users at the best"},
      {"aim7", "max_jobs_per_minute", "1/min", "higher", "ratio", "median", false, "the best"},
      {"aim7", "jobs_per_minute", "1/min", "higher", "ratio", "median", false, "the last"}};
  run.planned_steps.clear();
  results.steps = {{"vmalloc", "mask=7 threads=2"},
                   {"vmalloc", "mask=7 threads=4"},
                   {"vmalloc", "mask=7 threads=8"},
                   {"aim7", "mix=reclaim users=160"}};
  results.boots.clear();
  results.samples.clear();
  Random random(1);
  const double bytes[] = {1.06e6, 1.96e6, 3.9e6};
  const std::vector<std::vector<double>> searches{{200, 160, 372911, 52261},
                                                  {360, 160, 372270, 157788}};
  for (std::uint32_t block = 0; block < run.blocks; ++block)
    for (std::uint32_t arm = 0; arm < 2; ++arm)
      for (std::uint32_t topology = 0; topology < 3; ++topology) {
        const auto boot = static_cast<std::uint32_t>(results.boots.size());
        results.boots.push_back(boot_at(results, block, 0, arm, topology, random));
        results.samples.push_back({boot, topology, 0, 0, bytes[topology] + 1e4 * block});
        for (std::uint32_t metric = 0; metric < 4 && topology == 0; ++metric)
          results.samples.push_back({boot, 3, metric + 1, 0, searches[arm][metric]});
      }
  run.published = {
      .name = "curves-2024",
      .source = "A discussion on linux-mm, 2024",
      .said = "Page tables grew with the number of workers.",
      .pairs = {},
      .curves = {{.what = "page tables that stay after so many workers",
                  .unit = "MiB",
                  .over = "workers",
                  .points = {{64, 350}, {128, 1228.8}, {256, 5488.6}},
                  .here = {{"vmalloc", "page_table_bytes", "threads", "", {}}}},
                 {.what = "jobs a minute with so many users",
                  .unit = "1/min",
                  .over = "users",
                  .points = {{4000, 204051.01}, {5105, 18329.91}},
                  .here = {{"aim7", "max_jobs_per_minute", "users_at_max", "", {}},
                           {"aim7", "jobs_per_minute", "crossover_users", "", {}}}},
                 {.what = "votes", .unit = "", .over = "days", .points = {{1, 3}}, .here = {}}},
      .may_differ = {"Another machine."}};
  return results;
}

Results hostile_results() {
  const std::string nasty =
      "</script><script>document.title='owned'</script><img src=x onerror=\"alert(1)\">'\"&amp;";
  const std::string turned = "\u202Egnp.exe\u202C \u2066x\u2069\u200B";
  const std::string terminal = "\x1b]0;title\x07\x1b[31mred\x1b[0m\r\b";
  const std::string no_utf8 = "\xff\xfe\xc3(\xe2\x82";
  Results results = quickstart_results({.one_crash = true});
  RunInfo& run = results.run;
  run.experiment = nasty;
  run.question = turned + terminal + no_utf8;
  run.experiment_text = nasty + "\n" + terminal + no_utf8;
  run.arms = {"chains" + nasty, turned + std::string(10'240, 'a')};
  run.baseline = run.arms[0];
  run.arm_cmdlines = {nasty, no_utf8};
  run.topologies = {terminal + "one", "二つのノード🙂" + std::string(3000, 'w')};
  run.topology_json = {"{\"nodes\": \"" + nasty, R"({"nodes":[{"cpus":-4,"memory":"x"}, 7]})"};
  run.accel_reason = nasty + no_utf8;
  run.host.cpu_model = nasty;
  for (std::size_t i = 0; i < run.metrics.size(); ++i) {
    run.metrics[i].name += i % 2 == 0 ? nasty : turned + no_utf8;
    run.metrics[i].unit = i == 3 ? nasty : run.metrics[i].unit;
    run.metrics[i].what = nasty;
  }
  run.planned_steps.clear();
  for (std::size_t i = 0; i < results.steps.size(); ++i)
    results.steps[i].params = "children=" + std::to_string(16 << (2 * i)) + " mode=" + nasty;
  for (KernelRecord& kernel : results.kernels) {
    kernel.source = nasty;
    kernel.series = {turned + nasty};
    kernel.compiler = terminal;
    kernel.series_texts = {
        {nasty, turned, {{nasty, "Subject: [PATCH] " + nasty + "\n\n" + terminal}}, {}}};
  }
  results.counter_names = {{nasty, turned}, {"contention", nasty + ".wait_ns"}};
  for (std::uint32_t i = 0; i < results.boots.size(); ++i) {
    const double moved = results.boots[i].arm == 0 ? 10 : 1000;
    for (std::uint32_t step = 0; step < 3; ++step) {
      results.counters.push_back({i, step, 0, false, moved + i});
      results.counters.push_back({i, step, 1, true, moved});
    }
    if (results.boots[i].block == 0)
      results.profiles.push_back(
          {i, 2, {{nasty + ";" + turned + ";" + terminal + no_utf8, moved}}});
  }
  for (ResultBoot& boot : results.boots) {
    boot.notes = {nasty + terminal};
    boot.kernel_release = no_utf8 + nasty;
    if (boot.outcome.kind == OutcomeKind::completed) continue;
    boot.outcome.oops_title = nasty;
    boot.outcome.detail = turned;
    boot.console_tail = terminal + nasty + "\n" + no_utf8 + "\u2028" + std::string(10'240, 'c');
  }
  return results;
}

Results large_results(std::size_t samples, std::size_t steps) {
  constexpr std::size_t kSizes = 8;  // Of children; further steps have more pages.
  constexpr std::size_t kMetrics = 5;
  constexpr std::size_t kIterations = 3;
  constexpr std::size_t kPlaces = 4;
  const std::size_t boots =
      std::max<std::size_t>(kPlaces, samples / (steps * kMetrics * kIterations));
  FakeOptions options;
  options.blocks = static_cast<unsigned>(boots / kPlaces);
  Results results;
  results.run = quickstart_run(options);
  results.run.metrics.push_back({"rmap-walk", "slab_bytes", "B", "lower", "difference", "max",
                                 false, "Slab memory at the end"});
  results.run.planned_steps.clear();
  for (std::size_t step = 0; step < steps; ++step) {
    results.steps.push_back(
        {"rmap-walk", "children=" + std::to_string(2u << step % kSizes) +
                          " pages=" + std::to_string(64 * (1 + step / kSizes))});
    results.run.planned_steps.push_back("rmap-walk\t" + results.steps.back().params);
  }
  Random random(options.seed);
  for (std::uint32_t block = 0; block < options.blocks; ++block)
    for (std::uint32_t position = 0; position < kPlaces; ++position) {
      const std::uint32_t arm = position % 2;
      const auto index = static_cast<std::uint32_t>(results.boots.size());
      results.boots.push_back(boot_at(results, block, position, arm, position / 2, random));
      for (std::uint32_t step = 0; step < steps; ++step)
        for (std::uint32_t metric = 0; metric < kMetrics; ++metric)
          for (std::uint32_t iteration = 0; iteration < kIterations; ++iteration)
            results.samples.push_back({index, step, metric, iteration,
                                       shape_of(arm == 1, 2u << step % kSizes).walk_seconds *
                                           (1 + 0.1 * double(random.below(1000)) / 1000)});
    }
  return results;
}

}  // namespace faultline::fake
