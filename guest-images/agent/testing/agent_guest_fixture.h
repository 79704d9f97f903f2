// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/files.h"
#include "guest/console_frames.h"
#include "guest/event_reader.h"
#include "guest/run_sheet.h"
#include "image/initramfs.h"

extern char** environ;

// For tests only: the agent as PID 1 of a real guest, QEMU under emulation, run without libvirt.
// Needs a kernel in FAULTLINE_TEST_KERNEL (a vmlinux with PVH entry, or a bzImage).

namespace faultline::testing {

namespace fs = std::filesystem;
using guest::Event;
using guest::IterationEnd;
using guest::RunSheet;
using guest::SheetStep;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t mebibyte_kib = 1024;

inline SheetStep a_step(std::uint32_t id, std::vector<std::string> arguments) {
  SheetStep step;
  step.id = id;
  step.workload = "probe";
  step.argv = std::move(arguments);
  step.argv.insert(step.argv.begin(), "probe");
  step.timeout_ms = 60'000;
  return step;
}

inline RunSheet a_sheet() {
  RunSheet sheet;
  sheet.boot_id = "boot-7";
  sheet.lifetime_ms = 120'000;
  sheet.nodes = {{{0}, 256 * mebibyte_kib}, {{1}, 192 * mebibyte_kib}};
  sheet.distances = {{10, 21}, {21, 10}};
  return sheet;
}

// What one guest said, and how it went.
struct Boot {
  std::vector<Event> events;
  std::vector<std::string> problems;
  bool ended = false;  // by itself
  int status = -1;
  std::string console;
  std::string artifacts;
  std::chrono::milliseconds took{0};

  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const Event& event : events)
      if (const T* body = std::get_if<T>(&event.body)) found.push_back(*body);
    return found;
  }
  std::string reason() const {
    const auto byes = all<guest::Bye>();
    return byes.size() == 1 ? byes[0].reason : std::to_string(byes.size()) + " byes";
  }
};

class AgentInAGuest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* kernel = std::getenv("FAULTLINE_TEST_KERNEL");
    if (!kernel || !fs::exists(kernel))
      GTEST_SKIP() << "FAULTLINE_TEST_KERNEL names no guest kernel to boot";
    if (!fs::exists("/usr/bin/qemu-system-x86_64"))
      GTEST_SKIP() << "qemu-system-x86_64 is not installed (package qemu-system-x86)";
    if (!fs::exists("/bin/busybox"))
      GTEST_SKIP() << "busybox is not installed (package busybox-static)";
    kernel_ = kernel;
    const fs::path parts = folder_.path() / "parts";
    fs::create_directories(parts / "workloads/probe");
    fs::copy_file(FAULTLINE_TEST_AGENT, parts / "agent");
    fs::copy_file(FAULTLINE_TEST_PROGRAM, parts / "workloads/probe/probe");
    image_ = build_image(minimal_image("/bin/busybox", {parts, {}, {"probe"}}), folder_.path());
  }

  enum class Clock { real, instructions };

  std::vector<std::string> command(const fs::path& boot, Clock clock) const {
    const auto path = [&](const char* name) { return (boot / name).string(); };
    std::vector<std::string> words = {"qemu-system-x86_64",
                                      "-machine",
                                      "q35,usb=off,vmport=off,smbus=off,sata=off,hpet=off",
                                      "-nodefaults",
                                      "-no-user-config",
                                      "-no-reboot",
                                      "-display",
                                      "none",
                                      "-smp",
                                      "2,sockets=2",
                                      "-m",
                                      "448M",
                                      "-object",
                                      "memory-backend-ram,id=m0,size=256M",
                                      "-object",
                                      "memory-backend-ram,id=m1,size=192M",
                                      "-numa",
                                      "node,nodeid=0,cpus=0,memdev=m0",
                                      "-numa",
                                      "node,nodeid=1,cpus=1,memdev=m1",
                                      "-numa",
                                      "dist,src=0,dst=1,val=21",
                                      "-chardev",
                                      "stdio,id=con,signal=off",
                                      "-serial",
                                      "chardev:con",
                                      "-kernel",
                                      kernel_.string(),
                                      "-initrd",
                                      path("initramfs"),
                                      "-append",
                                      "console=ttyS0 quiet tsc=reliable lpj=1000000 no_timer_check "
                                      "random.trust_cpu=on panic=-1 nokaslr "
                                      "norandmaps " +
                                          kernel_parameters_};
    if (clock == Clock::instructions) {
      words.insert(words.end(),
                   {"-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-rtc",
                    "base=2020-01-01,clock=vm", "-cpu", "max,-rdrand,-rdseed"});
    } else {
      words.insert(words.end(), {"-accel", "tcg", "-cpu", "max", "-device", "virtio-serial-pci",
                                 "-chardev", "file,id=ev,path=" + path("events"), "-device",
                                 "virtserialport,chardev=ev,name=faultline.events", "-chardev",
                                 "file,id=ar,path=" + path("artifacts"), "-device",
                                 "virtserialport,chardev=ar,name=faultline.artifacts"});
    }
    return words;
  }

  Boot boot(const RunSheet& sheet, Clock clock = Clock::real) {
    Boot result;
    const fs::path folder = folder_.path() / ("boot" + std::to_string(++boots_));
    fs::create_directories(folder);
    write_boot_initramfs(image_, guest::to_json(sheet), folder / "initramfs");
    // Opening the terminal clears what is in its FIFO: what is typed begins with some nothing. Not
    // one byte of input unless a test wants it: it arrives at the host's time.
    std::ofstream(folder / "typed") << (typed_.empty() ? "" : std::string(64, '\n')) << typed_;
    auto words = command(folder, clock);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const auto started = std::chrono::steady_clock::now();
    pid_t qemu = -1;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, (folder / "typed").c_str(), O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, (folder / "console").c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int failed = ::posix_spawnp(&qemu, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    EXPECT_EQ(failed, 0) << "cannot start " << argv[0];
    if (failed != 0) return result;
    while (!result.ended &&
           std::chrono::steady_clock::now() - started < std::chrono::seconds(150)) {
      result.ended = ::waitpid(qemu, &result.status, WNOHANG) == qemu;
      if (!result.ended) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (!result.ended) {
      ::kill(qemu, SIGKILL);
      ::waitpid(qemu, &result.status, 0);
    }
    result.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - started);
    const auto content = [&](const char* name) {
      return fs::exists(folder / name) ? read_file(folder / name) : std::string();
    };
    result.console = content("console");
    result.artifacts = content("artifacts");
    const auto take = [&](auto& reader, const std::string& bytes) {
      reader.feed(bytes);
      while (auto item = reader.next()) {
        if (const auto* event = std::get_if<Event>(&*item))
          result.events.push_back(*event);
        else
          result.problems.push_back(std::get<guest::StreamProblem>(*item).text);
      }
    };
    if (sheet.events == "stream") {
      guest::EventReader reader;
      take(reader, content("events"));
    } else {
      guest::ConsoleEventReader reader;
      take(reader, result.console);
      if (!reader.complete())
        result.problems.push_back("the frames on the console are not complete");
    }
    return result;
  }

  void expect_a_good_end(const Boot& boot) {
    EXPECT_TRUE(boot.ended) << boot.console;
    EXPECT_EQ(boot.status, 0) << boot.console;
    EXPECT_THAT(boot.problems, IsEmpty());
    EXPECT_THAT(boot.console, Not(HasSubstr("faultline agent:")));
    EXPECT_THAT(boot.console, Not(HasSubstr("Kernel panic")));
  }

  TemporaryDirectory folder_;
  fs::path kernel_;
  GuestImage image_;
  std::string typed_;  // by a person at the console
  std::string kernel_parameters_;
  int boots_ = 0;
};

}  // namespace faultline::testing
