// SPDX-License-Identifier: GPL-2.0-or-later
// Two builds of the guest kernel, each linked in two text layouts and booted. With the cache warm
// that is four links and four boots.

#include <map>
#include <set>
#include <sstream>

#include "base/files.h"
#include "base/sha256.h"
#include "tests/end_to_end.h"

namespace faultline::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TextLayouts : public EndToEnd {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/src/linux-source-6.12.tar.xz"))
      GTEST_SKIP() << "needs the package linux-source-6.12";
    kernels_ = fs::path(use_shared_cache()) / "kernels";
  }

  /// The functions of a kernel that its text layout moves, and their addresses.
  std::map<std::string, std::uint64_t> functions(const std::string& key) const {
    std::istringstream map(read_file(kernels_ / key / "System.map"));
    std::map<std::string, std::uint64_t> found;
    std::string address, kind, name;
    while (map >> address >> kind >> name)
      if (kind == "T") found[name] = std::stoull(address, nullptr, 16);
    return found;
  }

  fs::path kernels_;
};

TEST_F(TextLayouts, MoveTheCodeOfKernelsThatWorkAllTheSame) {
  const std::string other = bench_.write("other.config", "CONFIG_DEFAULT_HOSTNAME=\"other\"\n");
  const std::string base =
      "  - {name: base, source: 'debian:linux-source-6.12', series: [anon-vma-shared], config: "
      "[guest]}\n";
  const std::string file =
      experiment(base + "  - {name: other, like: base, config: [guest, " + other + "]}\n",
                 "  - {use: rmap-walk, params: {children: [2], pages: 4, scope: own}}\n",
                 "runs: {blocks: 2, layouts: 2, seed: 3}\n"
                 "collect: [vmstat, functions]\nfunctions: [rmap_walk, handle_mm_fault]\n");
  const ProgramEnd run = bench_.start({"run", file})->wait(std::chrono::hours(4));
  ASSERT_EQ(run.status, 0) << run.out << run.err;

  const Results found = results();
  ASSERT_EQ(found.boots.size(), 4U);
  ASSERT_EQ(found.kernels.size(), 4U);
  std::map<std::string, std::vector<const KernelRecord*>> by_config;
  for (const KernelRecord& kernel : found.kernels) {
    EXPECT_NE(kernel.layout, 0U);
    EXPECT_THAT(kernel.config_text, HasSubstr("CONFIG_DEBUG_FORCE_FUNCTION_ALIGN_64B=y\n"));
    by_config[sha256_hex(kernel.config_text)].push_back(&kernel);
  }
  ASSERT_EQ(by_config.size(), 2U);
  for (const auto& [config, layouts] : by_config) {
    ASSERT_EQ(layouts.size(), 2U);
    const auto one = functions(layouts[0]->key), two = functions(layouts[1]->key);
    ASSERT_EQ(one.size(), two.size());
    std::size_t moved = 0, aligned = 0;
    for (const auto& [name, address] : one) {
      ASSERT_TRUE(two.contains(name)) << name;
      moved += two.at(name) != address;
      aligned += address % 64 == 0 && two.at(name) % 64 == 0;
    }
    EXPECT_GT(moved, one.size() / 2) << "of " << one.size();
    EXPECT_GT(aligned, one.size() * 2 / 3) << "of " << one.size();
    EXPECT_EQ(one.at("_stext"), two.at("_stext"));
  }

  // ftrace patches and names functions by tables that the link sorts.
  std::map<std::string, double> calls;
  for (const ResultCounter& counter : found.counters)
    if (found.counter_names[counter.name].source == "functions")
      calls[found.boots[counter.boot].boot_id + " " + found.counter_names[counter.name].name] +=
          counter.moved;
  for (const ResultBoot& boot : found.boots) {
    EXPECT_EQ(to_string(boot.outcome.kind), "completed") << boot.outcome.oops_title;
    EXPECT_THAT(boot.notes, IsEmpty());
    if (boot.block != 0) continue;  // Collectors that perturb run in the first block.
    EXPECT_GT(calls[boot.boot_id + " handle_mm_fault.calls"], 0);
  }
  EXPECT_THAT(run.out, HasSubstr("2 text layouts"));

  // One seed, one kernel, bit for bit.
  const std::string key = found.kernels[0].key;
  const std::string before = sha256_hex_of_file(kernels_ / key / "vmlinux");
  fs::remove_all(kernels_ / key);
  const ProgramEnd why = bench_.run({"build", "--explain", file});
  EXPECT_THAT(why.out, AllOf(HasSubstr("text layout"), HasSubstr("will be built")));
  const ProgramEnd build = bench_.start({"build", file})->wait(std::chrono::hours(4));
  EXPECT_EQ(build.status, 0) << build.err;
  EXPECT_EQ(sha256_hex_of_file(kernels_ / key / "vmlinux"), before);
  for (const KernelRecord& kernel : found.kernels) fs::remove_all(kernels_ / kernel.key);
}

}  // namespace
}  // namespace faultline::testing
