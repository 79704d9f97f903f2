// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "async/deadlines.h"
#include "virt/embedded_root.h"
#include "virt/guest_guard.h"
#include "virt/libvirt_handles.h"

namespace faultline {

/// What happens to a guest, as libvirt tells it. Called on the event loop's thread.
class DomainListener {
 public:
  virtual ~DomainListener() = default;
  /// A virDomainEventType and its detail.
  virtual void on_lifecycle(int event, int detail) = 0;
  /// The guest asked QEMU to stop. `reason` is QEMU's ShutdownCause ("guest-shutdown",
  /// "guest-reset", "host-signal", …).
  virtual void on_shutdown(const std::string& reason) = 0;
};

/// One open connection and all that belongs to it: the slot, the guard, the threads for blocking
/// calls, and the listeners of the guests. Outlives every call and every guest of it.
class LibvirtSession {
 public:
  struct Options {
    std::string uri;  ///< Empty: the embedded driver.
    std::filesystem::path state_directory;
    Deadlines deadlines;
  };

  /// Takes the slot and starts the guard; does not connect yet. Throws Error{host}.
  explicit LibvirtSession(Options options);
  /// Waits for blocking calls that still run and guests that are just ending, and closes the
  /// connection.
  ~LibvirtSession();
  LibvirtSession(const LibvirtSession&) = delete;
  LibvirtSession& operator=(const LibvirtSession&) = delete;

  /// Blocks, with the embedded driver for seconds if QEMU changed. Throws Error{libvirt}.
  void connect();

  virConnect* connection() const { return connection_.get(); }
  boost::asio::thread_pool& pool() { return pool_; }
  const std::string& uri() const { return uri_; }
  const Deadlines& deadlines() const { return options_.deadlines; }
  const StateSlot& slot() const { return slot_; }
  bool is_embedded() const { return embedded_; }
  /// The embedded driver's folder; only with it.
  const std::filesystem::path& root() const { return root_; }

  /// From now on the listener hears of the guest of that name, until it is forgotten: when libvirt
  /// has nothing of the guest any more.
  void listen(const std::string& domain_name, std::shared_ptr<DomainListener> listener);
  void forget(const std::string& domain_name);

  /// Takes a stream of a guest that is ending, and ends the stream some seconds later, at the next
  /// call or in the destructor. Not at once: libvirt 9's virStreamAbort() locks the stream and then
  /// the guest's list of streams (virChrdevFDStreamCloseCb), its disposal of a guest locks them in
  /// the other order (virChrdevFree), and when both meet neither ever goes on.
  void retire(StreamHandle stream);
  bool is_known(const std::string& domain_name) const;

 private:
  /// What libvirt's callbacks share with us; may outlive the session for a moment.
  struct Listeners {
    mutable std::mutex mutex;
    std::condition_variable fewer;
    std::map<std::string, std::shared_ptr<DomainListener>> by_name;
    std::shared_ptr<DomainListener> find(virDomainPtr domain) const;
  };
  void register_callbacks();
  /// Ends retired streams of before `latest`.
  void end_retired(std::chrono::steady_clock::time_point latest);

  Options options_;
  bool embedded_;
  StateSlot slot_;
  GuestGuard guard_;
  std::filesystem::path root_;
  std::string uri_;
  std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
  boost::asio::thread_pool pool_;
  ConnectHandle connection_;
  std::deque<std::pair<std::chrono::steady_clock::time_point, StreamHandle>> retired_;
  int lifecycle_callback_ = -1;
  int shutdown_callback_ = -1;
};

}  // namespace faultline
