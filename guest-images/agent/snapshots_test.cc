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
  std::vector<std::string> notes;
  const auto files =
      collector_files({"vmstat", "node_meminfo", "slabinfo", "magic"}, notes,
                      (folder.path() / "sys").string(), (folder.path() / "proc").string());
  std::vector<std::string> sources;
  for (const CollectorFile& file : files) sources.push_back(file.source);
  EXPECT_THAT(sources, ElementsAre("vmstat", "node0/meminfo", "node1/meminfo"));
  EXPECT_THAT(notes, ElementsAre(HasSubstr("slabinfo: this kernel has no"),
                                 "collector magic is not known to this agent"));
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
    std::vector<std::string> notes;
    std::vector<std::string> sources;
    for (const CollectorFile& file :
         collector_files({collector}, notes, (folder.path() / "sys").string(),
                         (folder.path() / "proc").string()))
      sources.push_back(file.source);
    EXPECT_THAT(notes, IsEmpty());
    return sources;
  };
  EXPECT_THAT(sources_of("vmstat"), ElementsAre("vmstat", "ksm_counters", "rmap_counters"));
  EXPECT_THAT(sources_of("meminfo"), ElementsAre("meminfo"));
}

}  // namespace
}  // namespace faultline::agent
