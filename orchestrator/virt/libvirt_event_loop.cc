// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/libvirt_event_loop.h"

#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "virt/libvirt_handles.h"

namespace faultline {
namespace asio = boost::asio;
namespace {

using Descriptor = asio::posix::stream_descriptor;

/// A descriptor that libvirt watches. The fields above the line are guarded by the loop's mutex;
/// those below belong to the loop's thread.
struct Watch {
  int id = 0;
  int fd = -1;
  int events = 0;  ///< VIR_EVENT_HANDLE_*; 0: disabled.
  bool removed = false;
  virEventHandleCallback callback = nullptr;
  virFreeCallback free = nullptr;
  void* opaque = nullptr;
  // ---
  /// A duplicate: ours to close, and epoll takes a second watch of the same socket.
  std::unique_ptr<Descriptor> descriptor;
  bool waits_to_read = false;
  bool waits_to_write = false;
};

/// A timer of libvirt, guarded and owned in the same way.
struct Timer {
  int id = 0;
  int interval = -1;        ///< Milliseconds; -1: off, 0: in each turn of the loop.
  unsigned generation = 0;  ///< Counts changes, so that an older expiry is known as such.
  bool removed = false;
  virEventTimeoutCallback callback = nullptr;
  virFreeCallback free = nullptr;
  void* opaque = nullptr;
  // ---
  std::unique_ptr<asio::steady_timer> expiry;
};

short to_poll(int events) {
  short result = 0;
  if (events & VIR_EVENT_HANDLE_READABLE) result |= POLLIN;
  if (events & VIR_EVENT_HANDLE_WRITABLE) result |= POLLOUT;
  return result;
}

int from_poll(short events) {
  int result = 0;
  if (events & POLLIN) result |= VIR_EVENT_HANDLE_READABLE;
  if (events & POLLOUT) result |= VIR_EVENT_HANDLE_WRITABLE;
  if (events & (POLLERR | POLLNVAL)) result |= VIR_EVENT_HANDLE_ERROR;
  if (events & POLLHUP) result |= VIR_EVENT_HANDLE_HANGUP;
  return result;
}

}  // namespace

// libvirt calls the six entry points from any thread, often with locks of its own held, and expects
// them back at once. So they only change the tables under `mutex` and post the rest to the loop's
// thread; and no callback of libvirt runs with `mutex` held, since it would take those locks in the
// other order.
struct LibvirtEventLoop::State {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  mutable std::mutex mutex;
  std::condition_variable freed;
  std::map<int, std::shared_ptr<Watch>> watches;
  std::map<int, std::shared_ptr<Timer>> timers;
  int next_id = 1;
  int not_yet_freed = 0;
  std::thread thread;

  static State* self;

  void post(std::function<void()> work) { asio::post(context, std::move(work)); }

  // ---- watches

  int add_watch(int fd, int events, virEventHandleCallback callback, void* opaque,
                virFreeCallback free) {
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return -1;
    auto watch = std::make_shared<Watch>();
    watch->fd = fd;
    watch->events = events;
    watch->callback = callback;
    watch->opaque = opaque;
    watch->free = free;
    boost::system::error_code refused;
    watch->descriptor = std::make_unique<Descriptor>(context);
    watch->descriptor->assign(copy, refused);
    if (refused) {
      ::close(copy);
      return -1;
    }
    const std::lock_guard lock(mutex);
    watch->id = next_id++;
    watches.emplace(watch->id, watch);
    post([this, watch] { arm(watch); });
    return watch->id;
  }

  void update_watch(int id, int events) {
    const std::lock_guard lock(mutex);
    const auto found = watches.find(id);  // an update may come after the removal: ignored
    if (found == watches.end()) return;
    found->second->events = events;
    post([this, watch = found->second] { arm(watch); });
  }

  int remove_watch(int id) {
    const std::lock_guard lock(mutex);
    const auto found = watches.find(id);
    if (found == watches.end()) return -1;
    auto watch = found->second;
    watches.erase(found);
    watch->removed = true;
    ++not_yet_freed;
    post([this, watch] {
      watch->descriptor.reset();  // ends its waits
      release(watch->free, watch->opaque);
    });
    return 0;
  }

  /// Starts the waits that the watch wants and does not have. Loop thread.
  void arm(const std::shared_ptr<Watch>& watch) {
    int events;
    {
      const std::lock_guard lock(mutex);
      if (watch->removed) return;
      events = watch->events;
    }
    if (events == 0 || !watch->descriptor) return;
    // A hang-up or an error wakes a wait for reading too.
    if ((events & ~VIR_EVENT_HANDLE_WRITABLE) != 0 && !watch->waits_to_read) {
      watch->waits_to_read = true;
      watch->descriptor->async_wait(Descriptor::wait_read, [this, watch](const auto&) {
        watch->waits_to_read = false;
        wake(watch);
      });
    }
    if ((events & VIR_EVENT_HANDLE_WRITABLE) != 0 && !watch->waits_to_write) {
      watch->waits_to_write = true;
      watch->descriptor->async_wait(Descriptor::wait_write, [this, watch](const auto&) {
        watch->waits_to_write = false;
        wake(watch);
      });
    }
  }

  /// Something may have happened: asks poll() what, tells libvirt, waits again. Loop thread.
  void wake(const std::shared_ptr<Watch>& watch) {
    int events;
    {
      const std::lock_guard lock(mutex);
      if (watch->removed || watch->events == 0) return;
      events = watch->events;
    }
    if (!watch->descriptor) return;
    pollfd now{watch->descriptor->native_handle(), to_poll(events), 0};
    if (::poll(&now, 1, 0) > 0)
      watch->callback(watch->id, watch->fd, from_poll(now.revents), watch->opaque);
    arm(watch);
  }

  // ---- timers

  int add_timer(int interval, virEventTimeoutCallback callback, void* opaque,
                virFreeCallback free) {
    auto timer = std::make_shared<Timer>();
    timer->interval = interval;
    timer->callback = callback;
    timer->opaque = opaque;
    timer->free = free;
    timer->expiry = std::make_unique<asio::steady_timer>(context);
    const std::lock_guard lock(mutex);
    timer->id = next_id++;
    timers.emplace(timer->id, timer);
    post([this, timer] { schedule(timer); });
    return timer->id;
  }

  void update_timer(int id, int interval) {
    const std::lock_guard lock(mutex);
    const auto found = timers.find(id);
    if (found == timers.end()) return;
    found->second->interval = interval;
    ++found->second->generation;
    post([this, timer = found->second] { schedule(timer); });
  }

  int remove_timer(int id) {
    const std::lock_guard lock(mutex);
    const auto found = timers.find(id);
    if (found == timers.end()) return -1;
    auto timer = found->second;
    timers.erase(found);
    timer->removed = true;
    ++timer->generation;
    ++not_yet_freed;
    post([this, timer] {
      timer->expiry.reset();
      release(timer->free, timer->opaque);
    });
    return 0;
  }

  /// (Re)starts the timer as it is set now. Loop thread.
  void schedule(const std::shared_ptr<Timer>& timer) {
    int interval;
    unsigned generation;
    {
      const std::lock_guard lock(mutex);
      if (timer->removed) return;
      interval = timer->interval;
      generation = timer->generation;
    }
    if (!timer->expiry) return;
    timer->expiry->cancel();
    if (interval < 0) return;
    timer->expiry->expires_after(std::chrono::milliseconds(interval));
    timer->expiry->async_wait([this, timer, generation](const boost::system::error_code& error) {
      if (!error) expire(timer, generation);
    });
  }

  void expire(const std::shared_ptr<Timer>& timer, unsigned generation) {
    {
      const std::lock_guard lock(mutex);
      if (timer->removed || timer->generation != generation) return;
    }
    timer->callback(timer->id, timer->opaque);
    {
      const std::lock_guard lock(mutex);  // the callback may have changed it: that schedules it
      if (timer->removed || timer->generation != generation) return;
    }
    schedule(timer);
  }

  // ---- both

  /// Frees what libvirt gave us, later and from a clean stack: `free` takes libvirt's locks.
  void release(virFreeCallback free, void* opaque) {
    post([this, free, opaque] {
      if (free != nullptr) free(opaque);
      const std::lock_guard lock(mutex);
      --not_yet_freed;
      freed.notify_all();
    });
  }
};

LibvirtEventLoop::State* LibvirtEventLoop::State::self = nullptr;

LibvirtEventLoop& LibvirtEventLoop::instance() {
  // Never destroyed: libvirt keeps pointers to it until the process is gone.
  static LibvirtEventLoop* const loop = new LibvirtEventLoop;
  return *loop;
}

LibvirtEventLoop::LibvirtEventLoop() : state_(new State) {
  State::self = state_;
  ::virEventRegisterImpl(
      [](int fd, int events, virEventHandleCallback callback, void* opaque, virFreeCallback free) {
        return State::self->add_watch(fd, events, callback, opaque, free);
      },
      [](int id, int events) { State::self->update_watch(id, events); },
      [](int id) { return State::self->remove_watch(id); },
      [](int interval, virEventTimeoutCallback callback, void* opaque, virFreeCallback free) {
        return State::self->add_timer(interval, callback, opaque, free);
      },
      [](int id, int interval) { State::self->update_timer(id, interval); },
      [](int id) { return State::self->remove_timer(id); });
  quiet_libvirt_errors();
  // Signals belong to the program's own threads.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  state_->thread = std::thread([state = state_] { state->context.run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_setname_np(state_->thread.native_handle(), "libvirt-events");
}

bool LibvirtEventLoop::drain(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  return state_->freed.wait_for(lock, limit, [this] { return state_->not_yet_freed == 0; });
}

LibvirtEventLoop::Counts LibvirtEventLoop::counts() const {
  const std::lock_guard lock(state_->mutex);
  return {static_cast<int>(state_->watches.size()), static_cast<int>(state_->timers.size())};
}

}  // namespace faultline
