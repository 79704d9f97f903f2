// SPDX-License-Identifier: GPL-2.0-or-later
#include "contention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace faultline::agent {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kallsyms =
    "ffffffff81000000 T _text\n"
    "ffffffff81001000 T down_write\n"
    "ffffffff81002000 t vm_mmap_pgoff\n"
    "ffffffff81003000 T __lock_text_start\n"
    "ffffffff81003000 T some_slow_path\n"
    "ffffffff81004000 T __lock_text_end\n"
    "ffffffff81005000 T release_task\n"
    "ffffffff82000000 D tasklist_lock\n"
    "ffffffff83000000 B _end\n";
constexpr std::uint64_t mmap_lock = 0xffff888001234560, tasklist_lock = 0xffffffff82000000;
constexpr std::uint32_t write = 4, spin_write = 5, spin_mutex = 33, mutex = 32;

std::string number(std::uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

class Sums : public testing::Test {
 protected:
  static std::string common(unsigned event, std::uint32_t task) {
    return number(event, 2) + number(0, 2) + number(task, 4);
  }
  void begin(std::uint64_t time, std::uint32_t task, std::uint64_t lock, std::uint32_t flags,
             unsigned cpu = 0) {
    sums_.add(cpu, {time, common(1, task) + number(lock, 8) + number(flags, 4)});
  }
  void end(std::uint64_t time, std::uint32_t task, std::uint64_t lock, unsigned cpu = 0) {
    sums_.add(cpu, {time, common(2, task) + number(lock, 8) + number(0, 4)});
  }
  void stack(std::uint32_t task, const std::vector<std::uint64_t>& frames, unsigned cpu = 0) {
    std::string fields = common(3, task) + number(frames.size(), 8);
    for (const std::uint64_t frame : frames) fields += number(frame, 8);
    sums_.add(cpu, {0, fields});
  }
  std::map<std::string, double> values() { return sums_.values(KernelSymbols(kallsyms)); }

  ContentionSums sums_{{.begin = 1,
                        .end = 2,
                        .stack = 3,
                        .lock_of_begin = 8,
                        .flags_of_begin = 16,
                        .lock_of_end = 8,
                        .frames = 16}};
};

TEST_F(Sums, AddUpTheWaitsOfALockByItsKindAndWhoWantedIt) {
  begin(100, 7, mmap_lock, write);
  stack(7, {0xffffffff81003010, 0xffffffff81001010, 0xffffffff81002010, 0xffffffff81005010});
  end(150, 7, mmap_lock);
  begin(200, 8, mmap_lock, write);
  stack(8, {0xffffffff81001010, 0xffffffff81002010});
  end(210, 8, mmap_lock);
  EXPECT_THAT(values(), ElementsAre(Pair("rwsem write in vm_mmap_pgoff.count", 2),
                                    Pair("rwsem write in vm_mmap_pgoff.max_ns", 50),
                                    Pair("rwsem write in vm_mmap_pgoff.wait_ns", 60)));
}

TEST_F(Sums, NameLocksThatAreVariablesOfTheKernel) {
  begin(1, 7, tasklist_lock, spin_write);
  stack(7, {0xffffffff81005010});
  end(4, 7, tasklist_lock);
  EXPECT_THAT(values(),
              testing::Contains(Pair("rwlock write tasklist_lock in release_task.wait_ns", 3)));
}

TEST_F(Sums, FollowATaskToAnotherProcessor) {
  end(900, 7, mmap_lock, 1);  // told first, as processor 1 is read before
  begin(100, 7, mmap_lock, write, 2);
  EXPECT_THAT(values(), testing::Contains(Pair("rwsem write in ?.wait_ns", 800)));
}

TEST_F(Sums, TakeAMutexThatSpinsAndThenSleepsForOneWait) {
  begin(10, 7, mmap_lock, spin_mutex);
  begin(20, 7, mmap_lock, mutex);
  end(50, 7, mmap_lock);
  EXPECT_THAT(values(), testing::Contains(Pair("mutex in ?.wait_ns", 40)));
  EXPECT_THAT(values(), testing::Contains(Pair("mutex in ?.count", 1)));
}

TEST_F(Sums, LeaveOutWaitsOfWhichOneEndIsMissing) {
  end(5, 7, mmap_lock);
  begin(10, 8, mmap_lock, write);
  EXPECT_THAT(values(), IsEmpty());
}

TEST_F(Sums, DoNotGiveAStackToAnotherTask) {
  begin(10, 7, mmap_lock, write);
  stack(8, {0xffffffff81005010});
  end(11, 7, mmap_lock);
  EXPECT_THAT(values(), testing::Contains(Pair("rwsem write in ?.count", 1)));
}

TEST_F(Sums, SurviveRecordsThatAreTooShort) {
  sums_.add(0, {1, ""});
  sums_.add(0, {1, common(1, 7)});
  sums_.add(0, {2, common(3, 7)});
  EXPECT_THAT(values(), IsEmpty());
}

TEST(Contention, SaysWhatKindOfLockItIs) {
  EXPECT_EQ(lock_kind(1), "spinlock");
  EXPECT_EQ(lock_kind(3), "rwlock read");
  EXPECT_EQ(lock_kind(2), "rwsem read");
  EXPECT_EQ(lock_kind(18), "percpu-rwsem read");
  EXPECT_EQ(lock_kind(8), "rtmutex");
  EXPECT_EQ(lock_kind(0), "semaphore");
}

TEST(Contention, NamesTheTracepointsThatAKernelLacks) {
  Contention contention("/nonexistent");
  std::vector<std::string> partly;
  EXPECT_THAT(contention.prepare(partly), testing::HasSubstr("lock/contention_*"));
}

}  // namespace
}  // namespace faultline::agent
