// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/libvirt_event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "virt/libvirt_handles.h"

namespace faultline {
namespace {
using namespace std::chrono_literals;

// libvirt's own entry points to the loop are used, as libvirt uses them: virEventAddHandle() etc.

/// What callbacks recorded. Waiting is for something to happen, never for time to pass.
class Record {
 public:
  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    entries_.push_back(std::move(what));
    changed_.notify_all();
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return entries_.size() >= count; });
  }
  std::vector<std::string> entries() {
    const std::lock_guard lock(mutex_);
    return entries_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> entries_;
};

struct Pipe {
  UniqueFd read, write;
  Pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    read = UniqueFd(fds[0]);
    write = UniqueFd(fds[1]);
  }
  void put() { ASSERT_EQ(::write(write.get(), "x", 1), 1); }
};

/// The opaque pointer of a watch or timer: what to do when it fires, and that it was freed.
struct Probe {
  Record& record;
  std::function<void(int id, int fd, int events)> act;
  std::string name = "watch";
  static void on_handle(int id, int fd, int events, void* opaque) {
    auto& self = *static_cast<Probe*>(opaque);
    self.act(id, fd, events);
  }
  static void on_timeout(int id, void* opaque) { static_cast<Probe*>(opaque)->act(id, -1, 0); }
  static void on_free(void* opaque) {
    auto& self = *static_cast<Probe*>(opaque);
    self.record.add("free " + self.name);
  }
};

class EventLoop : public ::testing::Test {
 protected:
  EventLoop() : loop(LibvirtEventLoop::instance()) {}
  void TearDown() override {
    // libvirt removes its own timer after it has said that the last callback is free.
    pass_through_the_loop();
    EXPECT_TRUE(loop.drain(20s));
    EXPECT_EQ(loop.counts(), LibvirtEventLoop::Counts{});
  }
  /// Returns when the loop's thread has done all that was asked of it before.
  void pass_through_the_loop() {
    Record record;
    Probe probe{record, [&](int id, int, int) { ::virEventRemoveTimeout(id); }, "fence"};
    ::virEventAddTimeout(0, Probe::on_timeout, &probe, Probe::on_free);
    ASSERT_TRUE(record.wait_for(1));
  }
  LibvirtEventLoop& loop;
  Record record;
};

std::string describe(int events) {
  std::string text;
  if (events & VIR_EVENT_HANDLE_READABLE) text += "r";
  if (events & VIR_EVENT_HANDLE_WRITABLE) text += "w";
  if (events & VIR_EVENT_HANDLE_ERROR) text += "e";
  if (events & VIR_EVENT_HANDLE_HANGUP) text += "h";
  return text;
}

TEST_F(EventLoop, TellsThatADescriptorIsReadableAndWhich) {
  Pipe pipe;
  Probe probe{record, [&](int, int fd, int events) {
                char byte;
                ASSERT_EQ(::read(fd, &byte, 1), 1);
                EXPECT_EQ(fd, pipe.read.get());
                record.add(describe(events));
              }};
  const int id = ::virEventAddHandle(pipe.read.get(), VIR_EVENT_HANDLE_READABLE, Probe::on_handle,
                                     &probe, Probe::on_free);
  ASSERT_GT(id, 0);
  pipe.put();
  ASSERT_TRUE(record.wait_for(1));
  pipe.put();
  ASSERT_TRUE(record.wait_for(2));
  EXPECT_EQ(::virEventRemoveHandle(id), 0);
  ASSERT_TRUE(record.wait_for(3));
  EXPECT_EQ(record.entries(), (std::vector<std::string>{"r", "r", "free watch"}));
}

TEST_F(EventLoop, RepeatsWhatNobodyReadsAway) {
  Pipe pipe;
  Probe probe{record, [&](int, int, int events) { record.add(describe(events)); }};
  const int id = ::virEventAddHandle(pipe.read.get(), VIR_EVENT_HANDLE_READABLE, Probe::on_handle,
                                     &probe, Probe::on_free);
  pipe.put();
  EXPECT_TRUE(record.wait_for(3));
  ::virEventRemoveHandle(id);
  EXPECT_TRUE(loop.drain(20s));  // before the probe goes out of scope
}

TEST_F(EventLoop, TellsOfAHangup) {
  Pipe pipe;
  Probe probe{record, [&](int id, int, int events) {
                record.add(describe(events));
                ::virEventRemoveHandle(id);
              }};
  ::virEventAddHandle(pipe.read.get(), VIR_EVENT_HANDLE_READABLE, Probe::on_handle, &probe,
                      Probe::on_free);
  pipe.write.reset();
  ASSERT_TRUE(record.wait_for(2));
  EXPECT_EQ(record.entries(), (std::vector<std::string>{"h", "free watch"}));
}

TEST_F(EventLoop, ADisabledWatchIsSilentUntilItIsEnabled) {
  Pipe pipe;
  Probe probe{record, [&](int id, int, int events) {
                record.add(describe(events));
                ::virEventUpdateHandle(id, 0);
              }};
  const int id = ::virEventAddHandle(pipe.read.get(), 0, Probe::on_handle, &probe, Probe::on_free);
  pipe.put();
  pass_through_the_loop();
  EXPECT_TRUE(record.entries().empty());
  ::virEventUpdateHandle(id, VIR_EVENT_HANDLE_READABLE);
  ASSERT_TRUE(record.wait_for(1));
  pass_through_the_loop();
  EXPECT_EQ(record.entries(), std::vector<std::string>{"r"});
  ::virEventRemoveHandle(id);
  EXPECT_TRUE(loop.drain(20s));  // before the probe goes out of scope
}

TEST_F(EventLoop, FreesADisabledWatchThatIsRemoved) {
  Pipe pipe;
  Probe probe{record, [](int, int, int) {}};
  const int id = ::virEventAddHandle(pipe.read.get(), 0, Probe::on_handle, &probe, Probe::on_free);
  ::virEventRemoveHandle(id);
  EXPECT_TRUE(record.wait_for(1));
}

TEST_F(EventLoop, FreesNeverFromWithinTheCallOfRemove) {
  Pipe pipe;
  std::mutex lock_of_libvirt;  // held around remove, and taken by the function that frees
  struct Guarded {
    std::mutex& mutex;
    Record& record;
  } guarded{lock_of_libvirt, record};
  const int id = ::virEventAddHandle(
      pipe.read.get(), VIR_EVENT_HANDLE_READABLE, [](int, int, int, void*) {}, &guarded,
      [](void* opaque) {
        auto& self = *static_cast<Guarded*>(opaque);
        const std::lock_guard lock(self.mutex);
        self.record.add("free");
      });
  {
    const std::lock_guard lock(lock_of_libvirt);
    ::virEventRemoveHandle(id);
    EXPECT_TRUE(record.entries().empty());
  }
  EXPECT_TRUE(record.wait_for(1));
}

TEST_F(EventLoop, IgnoresAnUpdateAfterTheRemoval) {
  Pipe pipe;
  Probe probe{record, [&](int, int, int) { record.add("fired"); }};
  const int id = ::virEventAddHandle(pipe.read.get(), 0, Probe::on_handle, &probe, Probe::on_free);
  pipe.put();
  ::virEventRemoveHandle(id);
  ::virEventUpdateHandle(id, VIR_EVENT_HANDLE_READABLE);
  EXPECT_EQ(::virEventRemoveHandle(id), -1);
  ASSERT_TRUE(loop.drain(20s));
  pass_through_the_loop();
  EXPECT_EQ(record.entries(), std::vector<std::string>{"free watch"});
}

TEST_F(EventLoop, KeepsTwoWatchesOfOneDescriptorApart) {
  Pipe pipe;
  Record first, second;
  Probe one{first, [&](int id, int, int) {
              first.add("one");
              ::virEventUpdateHandle(id, 0);
            }};
  Probe two{second, [&](int id, int, int) {
              second.add("two");
              ::virEventUpdateHandle(id, 0);
            }};
  const int a = ::virEventAddHandle(pipe.read.get(), VIR_EVENT_HANDLE_READABLE, Probe::on_handle,
                                    &one, Probe::on_free);
  const int b = ::virEventAddHandle(pipe.read.get(), VIR_EVENT_HANDLE_READABLE, Probe::on_handle,
                                    &two, Probe::on_free);
  EXPECT_NE(a, b);
  pipe.put();
  EXPECT_TRUE(first.wait_for(1));
  EXPECT_TRUE(second.wait_for(1));
  ::virEventRemoveHandle(a);
  ::virEventUpdateHandle(b, VIR_EVENT_HANDLE_READABLE);
  EXPECT_TRUE(second.wait_for(2));
  ::virEventRemoveHandle(b);
  EXPECT_TRUE(loop.drain(20s));
}

TEST_F(EventLoop, SurvivesThatTheDescriptorIsClosedBeforeItsWatchIsRemoved) {
  auto pipe = std::make_unique<Pipe>();
  Probe probe{record, [&](int, int, int) {}};
  const int id = ::virEventAddHandle(pipe->read.get(), VIR_EVENT_HANDLE_READABLE, Probe::on_handle,
                                     &probe, Probe::on_free);
  pipe.reset();
  Pipe reused;  // very likely the same numbers
  ::virEventRemoveHandle(id);
  ASSERT_TRUE(loop.drain(20s));
  char byte;
  EXPECT_EQ(::read(reused.read.get(), &byte, 1), -1);
  EXPECT_EQ(errno, EAGAIN) << "the new descriptor was closed with the old watch";
}

TEST_F(EventLoop, TellsBothDirections) {
  Pipe pipe;
  Probe probe{record, [&](int id, int, int events) {
                record.add(describe(events));
                ::virEventRemoveHandle(id);
              }};
  ::virEventAddHandle(pipe.write.get(), VIR_EVENT_HANDLE_READABLE | VIR_EVENT_HANDLE_WRITABLE,
                      Probe::on_handle, &probe, Probe::on_free);
  ASSERT_TRUE(record.wait_for(2));
  EXPECT_EQ(record.entries(), (std::vector<std::string>{"w", "free watch"}));
}

TEST_F(EventLoop, RefusesWhatIsNoDescriptor) {
  Probe probe{record, [](int, int, int) {}};
  EXPECT_EQ(::virEventAddHandle(-1, 0, Probe::on_handle, &probe, Probe::on_free), -1);
}

TEST_F(EventLoop, RepeatsATimerUntilItIsRemoved) {
  Probe probe{record, [&](int, int, int) { record.add("tick"); }, "timer"};
  const int id = ::virEventAddTimeout(1, Probe::on_timeout, &probe, Probe::on_free);
  EXPECT_TRUE(record.wait_for(3));
  EXPECT_EQ(::virEventRemoveTimeout(id), 0);
  EXPECT_TRUE(loop.drain(20s));
  EXPECT_EQ(record.entries().back(), "free timer");
}

TEST_F(EventLoop, RunsAZeroTimerInEachTurnUntilItDisablesItself) {
  int turns = 0;
  Probe probe{record, [&](int id, int, int) {
                if (++turns == 3) {
                  ::virEventUpdateTimeout(id, -1);
                  record.add("third");
                }
              }};
  const int id = ::virEventAddTimeout(-1, Probe::on_timeout, &probe, Probe::on_free);
  pass_through_the_loop();
  EXPECT_EQ(turns, 0);
  ::virEventUpdateTimeout(id, 0);
  ASSERT_TRUE(record.wait_for(1));
  pass_through_the_loop();
  EXPECT_EQ(turns, 3);
  ::virEventRemoveTimeout(id);
  EXPECT_TRUE(loop.drain(20s));  // before the probe goes out of scope
}

TEST_F(EventLoop, TakesANewIntervalOfATimerThatRuns) {
  Probe probe{record, [&](int id, int, int) {
                record.add("tick");
                ::virEventUpdateTimeout(id, -1);
              }};
  const int id = ::virEventAddTimeout(3600'000, Probe::on_timeout, &probe, Probe::on_free);
  ::virEventUpdateTimeout(id, 1);
  EXPECT_TRUE(record.wait_for(1));
  ::virEventRemoveTimeout(id);
  EXPECT_TRUE(loop.drain(20s));  // before the probe goes out of scope
}

TEST_F(EventLoop, LetsATimerRemoveItself) {
  Probe probe{record,
              [&](int id, int, int) {
                record.add("once");
                ::virEventRemoveTimeout(id);
              },
              "timer"};
  ::virEventAddTimeout(0, Probe::on_timeout, &probe, Probe::on_free);
  ASSERT_TRUE(record.wait_for(2));
  EXPECT_EQ(record.entries(), (std::vector<std::string>{"once", "free timer"}));
}

TEST_F(EventLoop, TakesCallsFromManyThreads) {
  constexpr int threads = 4, rounds = 50;
  std::atomic<int> freed{0};
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        Pipe pipe;
        pipe.put();
        const int watch = ::virEventAddHandle(
            pipe.read.get(), VIR_EVENT_HANDLE_READABLE, [](int, int, int, void*) {}, &freed,
            [](void* count) { ++*static_cast<std::atomic<int>*>(count); });
        const int timer = ::virEventAddTimeout(
            0, [](int, void*) {}, &freed,
            [](void* count) { ++*static_cast<std::atomic<int>*>(count); });
        ::virEventUpdateHandle(watch, 0);
        ::virEventUpdateTimeout(timer, 1);
        ::virEventUpdateHandle(watch, VIR_EVENT_HANDLE_READABLE);
        ::virEventRemoveHandle(watch);
        ::virEventRemoveTimeout(timer);
      }
    });
  for (auto& worker : workers) worker.join();
  ASSERT_TRUE(loop.drain(20s));
  EXPECT_EQ(freed, 2 * threads * rounds);
}

// ---- with libvirt's own test driver, which lives in this process

int on_lifecycle(virConnectPtr, virDomainPtr domain, int event, int, void* opaque) {
  static_cast<Record*>(opaque)->add(std::string(::virDomainGetName(domain)) + " " +
                                    std::to_string(event));
  return 0;
}

TEST_F(EventLoop, DeliversTheEventsOfADomain) {
  ConnectHandle connection(::virConnectOpen("test:///default"));
  ASSERT_TRUE(connection) << ::virGetLastErrorMessage();
  const int callback = ::virConnectDomainEventRegisterAny(
      connection.get(), nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
      VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), &record,
      [](void* opaque) { static_cast<Record*>(opaque)->add("free"); });
  ASSERT_GE(callback, 0);
  const char* xml =
      "<domain type='test'><name>transient</name><memory>8192</memory>"
      "<os><type>hvm</type></os></domain>";
  {
    const DomainHandle domain(::virDomainCreateXML(connection.get(), xml, 0));
    ASSERT_TRUE(domain) << ::virGetLastErrorMessage();
    ASSERT_TRUE(record.wait_for(1));
    EXPECT_EQ(::virDomainSuspend(domain.get()), 0);
    EXPECT_EQ(::virDomainResume(domain.get()), 0);
    EXPECT_EQ(::virDomainDestroy(domain.get()), 0);
  }
  ASSERT_TRUE(record.wait_for(4));
  EXPECT_EQ(::virConnectDomainEventDeregisterAny(connection.get(), callback), 0);
  ASSERT_TRUE(record.wait_for(5));
  const auto named = [](int event) { return "transient " + std::to_string(event); };
  EXPECT_EQ(record.entries(),
            (std::vector<std::string>{
                named(VIR_DOMAIN_EVENT_STARTED), named(VIR_DOMAIN_EVENT_SUSPENDED),
                named(VIR_DOMAIN_EVENT_RESUMED), named(VIR_DOMAIN_EVENT_STOPPED), "free"}));
}

TEST_F(EventLoop, GivesLibvirtsOwnWordsInErrors) {
  ConnectHandle connection(::virConnectOpen("test:///default"));
  ASSERT_TRUE(connection);
  EXPECT_EQ(::virDomainLookupByName(connection.get(), "nobody"), nullptr);
  const Error error = libvirt_error("looking for 'nobody'", "start it");
  EXPECT_EQ(error.kind(), ErrorKind::libvirt);
  EXPECT_NE(error.cause().find("Domain not found"), std::string::npos) << error.cause();
}

}  // namespace
}  // namespace faultline
