// SPDX-License-Identifier: GPL-2.0-or-later
// The patch series of kernel-patches, all in one kernel, as guests see them: each series' own
// check, and a kernel that checks itself. A new folder with a check.sh is part of this by being
// there.

#include <algorithm>
#include <sstream>

#include "base/files.h"
#include "spec/catalogue.h"
#include "tests/end_to_end.h"

namespace faultline::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

/// An order in which every series comes after those that it builds on.
std::vector<std::string> all_series(const Catalogue& catalogue) {
  std::vector<std::string> order;
  const std::function<void(const std::string&)> add = [&](const std::string& name) {
    if (std::find(order.begin(), order.end(), name) != order.end()) return;
    for (const std::string& needed : catalogue.series.at(name).needed) add(needed);
    order.push_back(name);
  };
  for (const auto& [name, series] : catalogue.series) add(name);
  return order;
}

std::string flow_list(const std::vector<std::string>& items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "[" : ", ") + item;
  return list + "]";
}

class SeriesInGuests : public EndToEnd {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/src/linux-source-6.12.tar.xz"))
      GTEST_SKIP() << "needs the package linux-source-6.12";
    use_shared_cache();
  }

  /// Makes check.sh of a series a workload "check".
  void use_check(const SeriesDefinition& series) {
    const fs::path root = bench_.folder() / "root";
    const fs::path guest = bench_.folder() / "guest";
    bench_.write("root/workloads/check/workload.yaml", R"(workload: check
summary: the check of a series
question: Does it do what it says?
image: minimal
needs: [DEBUG_FS]
command: ["check"]
parameters: {}
metrics:
  - {name: checks, unit: checks, direction: neutral, scale: difference, primary: true, summary: min, pattern: '^checks: (\S+)$', what: "checks that were made"}
timeout: 120s
settings: []
memory: 128M
)");
    fs::create_directory_symlink(fs::path(FAULTLINE_SOURCE_DIR) / "kernel-patches",
                                 root / "kernel-patches");
    // A guest gets the folders of the workloads that it runs: all programs go into that one.
    const fs::path parts = fs::path(FAULTLINE_BINARY_DIR) / "guest";
    const fs::path folder = guest / "workloads/check";
    fs::create_directories(folder);
    fs::copy_file(parts / "agent", guest / "agent");
    for (const auto& workload : fs::directory_iterator(parts / "workloads"))
      fs::copy(workload.path(), folder);
    fs::copy_file(fs::path(series.folder) / "check.sh", folder / "check");
    fs::copy_file(fs::path(series.folder).parent_path() / "checks.sh", folder / "checks.sh");
    fs::permissions(folder / "check", fs::perms(0755));
    bench_.set("FAULTLINE_ROOT", root);
    bench_.set("FAULTLINE_GUEST", guest);
  }

  /// Runs an experiment to its end, which must be without any complaint of a kernel.
  void must_run_well(const std::string& file, std::chrono::seconds limit) {
    const ProgramEnd run = bench_.start({"run", file})->wait(limit);
    EXPECT_EQ(run.status, 0) << run.out << run.err;
    const Results found = results();
    EXPECT_EQ(found.boots.size(), found.run.planned_boots);
    for (const ResultBoot& boot : found.boots) {
      const BootRecord record = store().boot(boot.boot_id);
      EXPECT_EQ(to_string(record.outcome.kind), "completed")
          << boot.boot_id << ": " << record.outcome.detail << "\n"
          << record.console;
      EXPECT_EQ(record.outcome.oops_title, "") << record.console;
      EXPECT_THAT(record.notes, IsEmpty()) << boot.boot_id;
    }
  }

  /// Checks one series in a guest for each of its arms.
  void check(const Catalogue& catalogue, const SeriesDefinition& series) {
    use_check(series);
    std::string arms;
    for (const SeriesArm& arm : series.arms) {
      if (arm.cmdline.empty() && !arms.empty()) continue;  // its sides are settings: check.sh's
      arms += "  - {name: " + arm.name + ", ";
      arms +=
          arms.find("source") == std::string::npos
              ? "source: 'debian:linux-source-6.12', series: " + flow_list(all_series(catalogue)) +
                    ", config: [guest]"
              : "like: " + series.arms.front().name;
      arms += ", cmdline: '" + arm.cmdline + "'}\n";
    }
    const std::string file = bench_.write("experiment.yaml",
                                          "faultline: 1\nname: check\nquestion: what happens?\n"
                                          "kernels:\n" +
                                              arms +
                                              "topologies:\n  - name: two\n    nodes: [{cpus: 1, "
                                              "memory: 384M}, {cpus: 1, memory: 384M}]\n"
                                              "workloads:\n  - {use: check}\n"
                                              "collect: [vmstat]\naccel: tcg\n"
                                              "runs: {blocks: 1, seed: 1}\n");
    must_run_well(file, std::chrono::hours(2));
  }

  Catalogue load() const {
    std::vector<Diagnostic> diagnostics;
    Catalogue catalogue = Catalogue::load(FAULTLINE_SOURCE_DIR, diagnostics);
    EXPECT_TRUE(diagnostics.empty());
    return catalogue;
  }
};

TEST_F(SeriesInGuests, DoWhatTheySay) {
  const Catalogue catalogue = load();
  std::size_t checked = 0;
  for (const auto& [name, series] : catalogue.series) {
    if (!fs::exists(fs::path(series.folder) / "check.sh")) continue;
    SCOPED_TRACE(name);
    bench_ = Bench("SeriesInGuests-" + name);
    SetUp();
    check(catalogue, series);
    EXPECT_THAT(bench_.leftovers(), IsEmpty());
    ++checked;
  }
  EXPECT_GE(checked, 3U);
}

/// Long on a small machine: only when it is asked for.
class LongSeriesTest : public SeriesInGuests {
 protected:
  void SetUp() override {
    if (std::getenv("FAULTLINE_LONG_TESTS") == nullptr)
      GTEST_SKIP() << "takes long; FAULTLINE_LONG_TESTS=1 asks for it";
    SeriesInGuests::SetUp();
  }
};

using DebugKernel = LongSeriesTest;

TEST_F(DebugKernel, FindsNothingWrongWithAnySeries) {
  must_run_well(std::string(FAULTLINE_SOURCE_DIR) + "/experiments/debug-kernel.yaml",
                std::chrono::hours(12));
}

/// A series cut off after some of its patches, for who bisects through it.
class EachPatch : public LongSeriesTest {
 protected:
  /// The symbols that the first `kept` patches add to Kconfig.
  static std::string added_symbols(const SeriesDefinition& series, std::size_t kept) {
    std::string added = "\n";
    for (std::size_t i = 0; i < kept; ++i) {
      std::istringstream patch(read_file(fs::path(series.folder) / series.patches[i]));
      for (std::string line; std::getline(patch, line);)
        if (line.starts_with("+config ")) added += line.substr(8) + "\n";
    }
    return added;
  }

  /// Makes the program see the series as if it ended after `kept` patches.
  void cut(const SeriesDefinition& series, std::size_t kept) {
    const fs::path root = bench_.folder() / "root";
    const fs::path source(FAULTLINE_SOURCE_DIR);
    fs::create_directories(root);
    fs::copy(source / "kernel-patches", root / "kernel-patches", fs::copy_options::recursive);
    fs::create_directory_symlink(source / "workloads", root / "workloads");
    const std::string added = added_symbols(series, kept);
    std::istringstream whole(read_file(fs::path(series.folder) / "series.yaml"));
    std::string text;
    for (std::string line; std::getline(whole, line);) {
      const bool dropped = std::any_of(
          series.patches.begin() + static_cast<std::ptrdiff_t>(kept), series.patches.end(),
          [&](const std::string& patch) { return line.ends_with("- " + patch); });
      const bool symbol = line.starts_with("  CONFIG_");
      const std::string name = symbol ? line.substr(9, line.find('=') - 9) : "";
      if (dropped || (symbol && added.find("\n" + name + "\n") == std::string::npos)) continue;
      text += line + "\n";
    }
    bench_.write("root/kernel-patches/" + series.name + "/series.yaml", text);
    bench_.set("FAULTLINE_ROOT", root);
  }
};

TEST_F(EachPatch, BuildsAndBoots) {
  const Catalogue catalogue = load();
  for (const auto& [name, series] : catalogue.series)
    for (std::size_t kept = 1; kept < series.patches.size(); ++kept) {
      SCOPED_TRACE(series.patches[kept - 1]);
      bench_ = Bench("EachPatch-" + name + std::to_string(kept));
      SetUp();
      cut(series, kept);
      std::vector<std::string> applied = series.needed;
      applied.push_back(name);
      must_run_well(experiment("  - {name: cut, source: 'debian:linux-source-6.12', series: " +
                                   flow_list(applied) + ", config: [guest]}\n",
                               "  - {use: rmap-walk, params: {children: 4, pages: 16}}\n"),
                    std::chrono::hours(1));
      EXPECT_THAT(bench_.leftovers(), IsEmpty());
    }
}

TEST(DebugKernelExperiment, NamesEverySeries) {
  const std::string file =
      read_file(std::string(FAULTLINE_SOURCE_DIR) + "/experiments/debug-kernel.yaml");
  const auto list = file.find("series: [");
  ASSERT_NE(list, std::string::npos);
  const std::string series = file.substr(list, file.find(']', list) - list);
  std::vector<Diagnostic> diagnostics;
  for (const auto& [name, one] : Catalogue::load(FAULTLINE_SOURCE_DIR, diagnostics).series)
    EXPECT_NE(series.find(name), std::string::npos) << name;
}

}  // namespace
}  // namespace faultline::testing
