// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/host_watch.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

class HandClock final : public Clock {
 public:
  SteadyTime steady() const override { return now; }
  WallTime wall() const override { return {}; }
  SteadyTime now{};
};

/// A host made of files.
class HostWatchTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_.path() / name).parent_path());
    write_file_atomically(folder_.path() / name, text);
  }
  void process(int pid, const std::string& command, int ticks) const {
    write("proc/" + std::to_string(pid) + "/cmdline", command);
    write("proc/" + std::to_string(pid) + "/stat",
          std::to_string(pid) + " (a) b) S 1 1 1 0 -1 0 0 0 0 0 " + std::to_string(ticks) + " 0 0");
  }
  void host(int user, int idle, int steal, int self) const {
    write("proc/stat", "cpu  " + std::to_string(user) + " 0 0 " + std::to_string(idle) + " 0 0 0 " +
                           std::to_string(steal) + " 0 0\ncpu0 1 1\n");
    write("proc/self/stat", "9 (faultline) S 1 1 1 0 -1 0 0 0 0 0 " + std::to_string(self) + " 0");
  }
  void pass_a_second() { clock_.now += std::chrono::seconds(1); }

  TemporaryDirectory folder_;
  HandClock clock_;
};

const std::string ours("/usr/bin/qemu-system-x86_64\0-name\0guest=f-r1-b1\0", 49);

TEST_F(HostWatchTest, CountsTheLoadOfOthersOnly) {
  HostWatch watch("r1-b1", clock_, folder_.path());
  host(1000, 1000, 0, 10);
  process(50, ours, 100);
  watch.look();
  pass_a_second();
  host(1150, 1040, 10, 20);  // 200 ticks: 150 busy, of which 10 us, 60 the guest; 10 stolen.
  process(50, ours, 160);
  watch.look();
  const BootConditions seen = watch.conditions();
  EXPECT_DOUBLE_EQ(seen.at("host_load"), 0.4);
  EXPECT_DOUBLE_EQ(seen.at("steal"), 0.05);
  EXPECT_EQ(seen.at("other_guests"), 0);
  EXPECT_FALSE(seen.contains("frequency_drop"));
  EXPECT_FALSE(seen.contains("memory_pressure"));
}

TEST_F(HostWatchTest, LeavesOutTimesInWhichTheGuestWasNotThere) {
  HostWatch watch("r1-b1", clock_, folder_.path());
  host(0, 0, 0, 0);
  watch.look();
  pass_a_second();
  host(1000, 0, 0, 0);
  process(50, ours, 0);
  watch.look();
  EXPECT_FALSE(watch.conditions().contains("host_load"));
}

TEST_F(HostWatchTest, LooksOnceASecond) {
  HostWatch watch("r1-b1", clock_, folder_.path());
  process(50, ours, 0);
  host(0, 0, 0, 0);
  watch.look();
  host(1000, 0, 0, 0);
  watch.look();  // Too early: not seen.
  EXPECT_FALSE(watch.conditions().contains("host_load"));
  EXPECT_EQ(watch.next_look(), clock_.now + std::chrono::seconds(1));
}

TEST_F(HostWatchTest, CountsOtherGuests) {
  process(50, ours, 0);
  process(51, std::string("/usr/bin/qemu-system-aarch64\0-name\0guest=x\0", 44), 0);
  process(52, std::string("/bin/sh\0qemu-system-x86_64\0", 27), 0);
  HostWatch watch("r1-b1", clock_, folder_.path());
  watch.look();
  EXPECT_EQ(watch.conditions().at("other_guests"), 1);
}

TEST_F(HostWatchTest, ReadsFrequencyAndPressure) {
  write("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "4000000\n");
  write("sys/devices/system/cpu/cpu1/cpufreq/cpuinfo_max_freq", "4000000\n");
  write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "800000\n");
  write("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "3000000\n");
  write("proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\nfull x\n");
  HostWatch watch("r1-b1", clock_, folder_.path());
  watch.look();
  pass_a_second();
  write("proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1250000\nfull x\n");
  watch.look();
  EXPECT_DOUBLE_EQ(watch.conditions().at("frequency_drop"), 0.25);  // Of the fastest CPU.
  EXPECT_DOUBLE_EQ(watch.conditions().at("memory_pressure"), 0.25);
}

TEST_F(HostWatchTest, PassesOverAProcessThatGoesWhileItIsRead) {
  HostWatch watch("r1-b1", clock_, folder_.path());
  host(0, 0, 0, 0);
  process(50, "/usr/bin/qemu-system-x86_64", 0);
  // Opens and then fails to be read, as /proc/PID/* does when the process has ended meanwhile.
  fs::create_directories(folder_.path() / "proc/51");
  fs::create_symlink("/proc/self/mem", folder_.path() / "proc/51/cmdline");
  ASSERT_NO_THROW(watch.look());
  EXPECT_EQ(watch.conditions().at("other_guests"), 1);
}

TEST_F(HostWatchTest, SaysNothingOfAHostThatCannotBeRead) {
  HostWatch watch("r1-b1", clock_, folder_.path());
  watch.look();
  pass_a_second();
  watch.look();
  EXPECT_EQ(watch.conditions(), (BootConditions{{"other_guests", 0}}));
}

}  // namespace
}  // namespace faultline
