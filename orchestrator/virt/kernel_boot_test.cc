// SPDX-License-Identifier: GPL-2.0-or-later
// A real kernel in real guests. FAULTLINE_TEST_KERNEL names the kernel (an ELF with a PVH entry or
// a bzImage, with virtio-serial built in); without it these tests are skipped.
#include <cstdlib>
#include <fstream>

#include "async/deadlines.h"
#include "base/files.h"
#include "virt/accelerator_probe.h"
#include "virt/guest_fixture.h"

namespace faultline {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace testing;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr const char* busybox = "/bin/busybox";

/// An initramfs in cpio's "newc" format, of small files only.
class Initramfs {
 public:
  void add(const std::string& name, unsigned mode, const std::string& content = {}) {
    char header[111];
    std::snprintf(header, sizeof header,
                  "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ++inode_, mode, 0,
                  0, 1, 0, static_cast<unsigned>(content.size()), 0, 0, 0, 0,
                  static_cast<unsigned>(name.size() + 1), 0);
    bytes_ += header + name + '\0';
    pad();
    bytes_ += content;
    pad();
  }
  std::string finish() {
    add("TRAILER!!!", 0);
    return bytes_;
  }

 private:
  void pad() { bytes_.resize((bytes_.size() + 3) & ~std::size_t{3}); }
  std::string bytes_;
  unsigned inode_ = 0;
};

constexpr const char* prologue =
    "#!/bin/busybox sh\n"
    "busybox mount -t proc proc /proc\n"
    "busybox mount -t sysfs sys /sys\n"
    "busybox mount -t devtmpfs dev /dev\n"
    "port() {\n"
    "  for p in /sys/class/virtio-ports/*; do\n"
    "    [ -e $p/name ] && read n < $p/name && [ $n = $1 ] && echo /dev/${p##*/}\n"
    "  done\n"
    "}\n";

class KernelBoot : public Guests {
 protected:
  void SetUp() override {
    const char* given = std::getenv("FAULTLINE_TEST_KERNEL");
    if (given == nullptr || *given == '\0') GTEST_SKIP() << "FAULTLINE_TEST_KERNEL is not set";
    kernel = given;
    if (!std::filesystem::exists(busybox)) GTEST_SKIP() << "no static busybox at " << busybox;
  }

  /// A guest whose init is this script, after the prologue.
  GuestMachine guest(const std::string& script) {
    constexpr unsigned folder_mode = 0040755, program_mode = 0100755;
    Initramfs initramfs;
    for (const char* folder : {"bin", "proc", "sys", "dev"}) initramfs.add(folder, folder_mode);
    initramfs.add("bin/busybox", program_mode, read_file(busybox));
    initramfs.add("init", program_mode, prologue + script);
    const auto file = folder.path() / "initramfs.cpio";
    write_file_atomically(file, initramfs.finish());
    GuestMachine machine = tiny("");
    machine.name = "kernel-boot";
    machine.topology.nodes = {{.cpus = 1, .memory = Bytes{512} << 20, .host_node = {}}};
    machine.kernel = kernel;
    machine.initramfs = file;
    machine.cmdline =
        "console=ttyS0 quiet panic=-1 nokaslr norandmaps tsc=reliable lpj=1000000 "
        "random.trust_cpu=on no_timer_check cpuhp.parallel=off";
    return machine;
  }

  std::filesystem::path kernel;
  TemporaryDirectory folder;
};

struct Streams {
  std::string console, events, artifacts;
  GuestEnd end;
};

asio::awaitable<Streams> read_streams(Hypervisor& hypervisor, GuestMachine machine) {
  using namespace asio::experimental::awaitable_operators;
  const auto guest = co_await hypervisor.start(std::move(machine));
  co_await guest->resume();
  auto all = read_all(*guest, GuestStream::console) && read_all(*guest, GuestStream::events) &&
             read_all(*guest, GuestStream::artifacts) && guest->wait_end();
  auto [console, events, artifacts, end] = co_await std::move(all);
  co_await guest->destroy();
  co_return Streams{std::move(console), std::move(events), std::move(artifacts), std::move(end)};
}

TEST_F(KernelBoot, TalksOnAllThreeStreams) {
  const auto machine = guest(
      "echo on the console\n"
      "echo one event > $(port faultline.events)\n"
      "busybox head -c 300000 /dev/zero > $(port faultline.artifacts)\n"
      "busybox poweroff -f\n");
  const auto streams = run_to_end(context, read_streams(*hypervisor, machine), 500s);
  EXPECT_THAT(streams.console, HasSubstr("on the console"));
  EXPECT_EQ(streams.events, "one event\n");
  EXPECT_EQ(streams.artifacts.size(), 300000u);
  EXPECT_EQ(streams.end.kind, GuestEnd::Kind::powered_off) << to_string(streams.end.kind);
}

TEST_F(KernelBoot, HasTheNodesAndDistancesThatWereAsked) {
  auto machine = guest(
      "cd /sys/devices/system/node\n"
      "for n in node*; do echo $n $(busybox cat $n/cpulist) / $(busybox cat $n/distance); done"
      " > $(port faultline.events)\n"
      "busybox poweroff -f\n");
  machine.topology.nodes = {{.cpus = 1, .memory = Bytes{256} << 20, .host_node = {}},
                            {.cpus = 1, .memory = Bytes{256} << 20, .host_node = {}},
                            {.cpus = 0, .memory = Bytes{128} << 20, .host_node = {}}};
  machine.topology.distances = {{10, 21, 31}, {21, 10, 41}, {31, 41, 10}};
  const auto streams = run_to_end(context, read_streams(*hypervisor, machine), 500s);
  EXPECT_EQ(streams.events,
            "node0 0 / 10 21 31\n"
            "node1 1 / 21 10 41\n"
            "node2 / 31 41 10\n");
}

TEST_F(KernelBoot, ThatPanicsEnds) {
  const auto course = run_to_end(context, run_guest(*hypervisor, guest("exit 1\n")), 500s);
  EXPECT_THAT(course.console, HasSubstr("Kernel panic"));
  // Which of the two depends on whether the kernel has a driver for the panic device.
  EXPECT_THAT(course.end.kind, AnyOf(GuestEnd::Kind::panicked, GuestEnd::Kind::reset));
}

TEST_F(KernelBoot, RepeatsToTheLastDigitOnTheInstructionClock) {
  auto machine = guest(
      "for i in 1 2 3; do busybox sha256sum /bin/busybox; busybox cat /proc/uptime; done\n"
      "busybox poweroff -f\n");
  machine.accel = Accelerator::icount;
  machine.topology.nodes = {{.cpus = 2, .memory = Bytes{256} << 20, .host_node = {}},
                            {.cpus = 1, .memory = Bytes{256} << 20, .host_node = {}}};
  machine.topology.distances = {{10, 21}, {21, 10}};
  machine.cmdline += " printk.time=1 loglevel=7";
  const auto first = run_to_end(context, run_guest(*hypervisor, machine), 500s);
  const auto second = run_to_end(context, run_guest(*hypervisor, machine), 500s);
  EXPECT_EQ(first.end.kind, GuestEnd::Kind::powered_off) << first.console;
  EXPECT_THAT(first.console, HasSubstr("Power down"));
  EXPECT_EQ(first.console, second.console);
}

TEST_F(KernelBoot, TellsWhetherKvmWorksHere) {
  if (!run_to_end(context, hypervisor->facts()).kvm_device) GTEST_SKIP() << "no /dev/kvm";
  const auto machine = guest("echo hello\nbusybox poweroff -f\n");
  const ProbeGuest probe{machine.kernel, machine.initramfs, machine.cmdline, "test"};
  const auto answer = run_to_end(context, probe_kvm(*hypervisor, probe, {}));
  RecordProperty("kvm", answer.reason);
  std::printf("KVM: %s\n", answer.reason.c_str());
  EXPECT_FALSE(answer.reason.empty());
}

}  // namespace
}  // namespace faultline
