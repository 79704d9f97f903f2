// SPDX-License-Identifier: GPL-2.0-or-later
#include "snapshots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"

namespace faultline::agent {
namespace {

namespace fs = std::filesystem;
using Form = CollectorFile::Form;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(Snapshot, ReadsVmstatAndNumastat) {
  EXPECT_THAT(parse_snapshot(Form::names_and_values, "pgfault 12\nnuma_hit 9007199254740991\n"),
              ElementsAre(Pair("numa_hit", 9007199254740991.0), Pair("pgfault", 12)));
}

TEST(Snapshot, ReadsMeminfoOfTheMachineAndOfANode) {
  EXPECT_THAT(
      parse_snapshot(Form::names_and_values,
                     "MemTotal:  1000 kB\nActive(anon):   5 kB\nHugePages_Total:  0\n"),
      ElementsAre(Pair("Active(anon)", 5), Pair("HugePages_Total", 0), Pair("MemTotal", 1000)));
  EXPECT_THAT(parse_snapshot(Form::names_and_values, "\nNode 1 MemTotal:  1000 kB\n"),
              ElementsAre(Pair("MemTotal", 1000)));
}

TEST(Snapshot, ReadsSlabs) {
  EXPECT_THAT(
      parse_snapshot(Form::slabs,
                     "slabinfo - version: 2.1\n"
                     "# name <active_objs> <num_objs> <objsize> ...\n"
                     "anon_vma_chain  1830 1856 64 64 1 : tunables 0 0 0 : slabdata 29 29 0\n"),
      ElementsAre(Pair("anon_vma_chain.active_objs", 1830), Pair("anon_vma_chain.num_objs", 1856),
                  Pair("anon_vma_chain.objsize", 64)));
}

TEST(Snapshot, ReadsAllocationsAndLeavesOutEmptyPlaces) {
  EXPECT_THAT(parse_snapshot(Form::allocations,
                             "allocinfo - version: 1.0\n"
                             "#     <size>  <calls> <tag info>\n"
                             "           0        0 init/main.c:1 func:start \n"
                             "       12288        3 mm/rmap.c:99 func:anon_vma_alloc \n"),
              ElementsAre(Pair("mm/rmap.c:99 func:anon_vma_alloc.bytes", 12288),
                          Pair("mm/rmap.c:99 func:anon_vma_alloc.calls", 3)));
}

TEST(Snapshot, ReadsAllocationsOfTheOlderForm) {
  EXPECT_THAT(
      parse_snapshot(Form::allocations,
                     " 27.2MiB     6970 mm/memory.c:1122 module:memory func:folio_prealloc\n"
                     "    512B        1 mm/slab.c:7 module:slab func:setup\n"
                     " 1.50KiB mm/rmap.c:99 module:rmap func:anon_vma_alloc\n"),
      ElementsAre(Pair("mm/memory.c:1122 func:folio_prealloc.bytes", 27.2 * 1048576),
                  Pair("mm/memory.c:1122 func:folio_prealloc.calls", 6970),
                  Pair("mm/rmap.c:99 func:anon_vma_alloc.bytes", 1536),
                  Pair("mm/slab.c:7 func:setup.bytes", 512),
                  Pair("mm/slab.c:7 func:setup.calls", 1)));
}

TEST(Snapshot, KeepsTheModuleOfAnAllocation) {
  EXPECT_THAT(parse_snapshot(Form::allocations, "4096 1 lib/test.c:5 [test_vmalloc] func:run \n"),
              ElementsAre(Pair("lib/test.c:5 [test_vmalloc] func:run.bytes", 4096),
                          Pair("lib/test.c:5 [test_vmalloc] func:run.calls", 1)));
}

TEST(Snapshot, ReadsFreeListsByOrder) {
  EXPECT_THAT(parse_snapshot(Form::free_lists,
                             "Node 0, zone      DMA      0      3      1 \n"
                             "Node 1, zone   Normal    216      0 \n"),
              ElementsAre(Pair("node0.DMA.order1", 3), Pair("node0.DMA.order2", 1),
                          Pair("node1.Normal.order0", 216)));
}

TEST(Snapshot, ReadsFreeListsByTypeAndTheBlocksOfEachType) {
  EXPECT_THAT(
      parse_snapshot(Form::free_lists,
                     "Page block order: 9\nPages per block:  512\n\n"
                     "Free pages count per migrate type at order       0      1      2 \n"
                     "Node    0, zone   Normal, type    Unmovable      5      0      2 \n"
                     "Node    0, zone   Normal, type      Movable >100000      0      0 \n\n"
                     "Number of blocks type     Unmovable      Movable  Reclaimable \n"
                     "Node 0, zone   Normal            4           60            0 \n"),
      ElementsAre(
          Pair("node0.Normal.Movable.blocks", 60), Pair("node0.Normal.Movable.order0", 100000),
          Pair("node0.Normal.Unmovable.blocks", 4), Pair("node0.Normal.Unmovable.order0", 5),
          Pair("node0.Normal.Unmovable.order2", 2)));
}

TEST(Snapshot, ReadsTheSumsOfPressure) {
  EXPECT_THAT(parse_snapshot(Form::pressure,
                             "some avg10=0.12 avg60=0.00 avg300=0.00 total=1234\n"
                             "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"),
              ElementsAre(Pair("full.total_us", 0), Pair("some.total_us", 1234)));
}

TEST(Snapshot, LeavesOutWhatIsNoNumber) {
  EXPECT_THAT(parse_snapshot(Form::names_and_values, "a b\nc\n\n: 5\nd 1x\nok 1\n"),
              ElementsAre(Pair("ok", 1)));
}

TEST(Collectors, StandForFilesAndSayWhatIsMissing) {
  const TemporaryDirectory folder;
  const auto write = [&](const std::string& name) {
    const fs::path file = folder.path() / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "x 1\n";
  };
  write("proc/vmstat");
  write("sys/devices/system/node/node0/meminfo");
  write("sys/devices/system/node/node1/meminfo");
  write("sys/devices/system/node/has_cpu");
  write("proc/pressure/memory");
  write("proc/allocinfo");
  std::ofstream(folder.path() / "mem_profiling") << "0\n";
  fs::create_directories(folder.path() / "proc/sys/vm");
  fs::rename(folder.path() / "mem_profiling", folder.path() / "proc/sys/vm/mem_profiling");
  std::vector<guest::CollectorState> states;
  const auto files =
      collector_files({"vmstat", "node_meminfo", "slabinfo", "magic", "pressure", "allocinfo"},
                      states, (folder.path() / "sys").string(), (folder.path() / "proc").string());
  std::vector<std::string> sources;
  for (const CollectorFile& file : files) sources.push_back(file.source);
  EXPECT_THAT(sources, ElementsAre("vmstat", "node0/meminfo", "node1/meminfo", "pressure/memory"));
  std::vector<std::string> problems;
  for (const guest::CollectorState& state : states) {
    EXPECT_FALSE(state.perturbs);
    problems.push_back(state.name + ": " + state.problem);
  }
  EXPECT_THAT(problems,
              ElementsAre("vmstat: ", "node_meminfo: ", HasSubstr("slabinfo: this kernel has no"),
                          "magic: not known to this agent",
                          "pressure: ", HasSubstr("sysctl.vm.mem_profiling=1")));
}

TEST(Collectors, ReadTheCountersOfPatchSeriesAlongWithVmstat) {
  const TemporaryDirectory folder;
  for (const char* name : {"proc/vmstat", "proc/meminfo", "sys/kernel/debug/rmap_counters",
                           "sys/kernel/debug/ksm_counters", "sys/kernel/debug/gpio"}) {
    const fs::path file = folder.path() / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "walks 1\n";
  }
  const auto sources_of = [&](const std::string& collector) {
    std::vector<guest::CollectorState> states;
    std::vector<std::string> sources;
    for (const CollectorFile& file :
         collector_files({collector}, states, (folder.path() / "sys").string(),
                         (folder.path() / "proc").string()))
      sources.push_back(file.source);
    EXPECT_EQ(states.at(0).problem, "");
    return sources;
  };
  EXPECT_THAT(sources_of("vmstat"), ElementsAre("vmstat", "ksm_counters", "rmap_counters"));
  EXPECT_THAT(sources_of("meminfo"), ElementsAre("meminfo"));
}

}  // namespace
}  // namespace faultline::agent
