// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/libvirt_session.h"

#include <libvirt/libvirt-qemu.h>
#include <pthread.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>
#include <utility>

#include "virt/libvirt_event_loop.h"

namespace faultline {
namespace {

constexpr std::size_t blocking_calls_at_once = 8;

/// How long libvirt may take to let go of a guest after its process has ended; milliseconds in
/// truth.
constexpr std::chrono::milliseconds disposal_of_a_guest{300};

/// Runs this thread on one CPU for a while. libvirt takes the CPUID that KVM reports as part of the
/// key of its capabilities cache, and on CPUs with leaf 0x1f that has the number of the CPU on
/// which it was asked: elsewhere the cache would be thrown away and QEMU asked anew, for seconds.
class OnOneCpu {
 public:
  OnOneCpu() {
    if (::pthread_getaffinity_np(::pthread_self(), sizeof before_, &before_) != 0) return;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &before_)) continue;
      cpu_set_t first;
      CPU_ZERO(&first);
      CPU_SET(cpu, &first);
      pinned_ = ::pthread_setaffinity_np(::pthread_self(), sizeof first, &first) == 0;
      return;
    }
  }
  ~OnOneCpu() {
    if (pinned_) ::pthread_setaffinity_np(::pthread_self(), sizeof before_, &before_);
  }
  OnOneCpu(const OnOneCpu&) = delete;
  OnOneCpu& operator=(const OnOneCpu&) = delete;

 private:
  cpu_set_t before_;
  bool pinned_ = false;
};

std::string hint_for(const std::string& cause) {
  if (cause.find("Failed to parse user 'libvirt-qemu'") != std::string::npos)
    return "libvirt as root needs the user of its package: useradd --system --user-group "
           "--no-create-home --shell /usr/sbin/nologin libvirt-qemu";
  return "'faultline doctor' says what is missing";
}

}  // namespace

LibvirtSession::LibvirtSession(Options options)
    : options_(std::move(options)),
      embedded_(options_.uri.empty()),
      slot_(StateSlot::take(options_.state_directory)),
      guard_(slot_.name_prefix(), slot_.lock_fd()),
      pool_(blocking_calls_at_once) {
  uri_ = options_.uri;
  if (!embedded_) return;
  root_ = prepare_embedded_root(slot_);
  uri_ = "qemu:///embed?root=" + root_.string();
  // The driver inside us logs to our standard error unless told otherwise; this is read once, by
  // the first call of libvirt in this process.
  ::setenv("LIBVIRT_LOG_OUTPUTS", ("3:file:" + (root_ / "libvirt.log").string()).c_str(), 0);
}

void LibvirtSession::connect() {
  LibvirtEventLoop::instance();  // has to be there before the first connection
  const OnOneCpu pinned;
  connection_.reset(::virConnectOpen(uri_.c_str()));
  if (!connection_) {
    const Error error = libvirt_error("connecting to " + uri_);
    throw Error(error.kind(), error.doing(), error.cause(), hint_for(error.cause()));
  }
  if (!embedded_) ::virConnectSetKeepAlive(connection_.get(), 5, 5);
  register_callbacks();
}

void LibvirtSession::register_callbacks() {
  const auto free = [](void* opaque) { delete static_cast<std::shared_ptr<Listeners>*>(opaque); };
  const auto on_lifecycle = [](virConnectPtr, virDomainPtr domain, int event, int detail,
                               void* opaque) -> int {
    const auto& listeners = **static_cast<std::shared_ptr<Listeners>*>(opaque);
    if (const auto listener = listeners.find(domain)) listener->on_lifecycle(event, detail);
    return 0;
  };
  auto opaque = std::make_unique<std::shared_ptr<Listeners>>(listeners_);
  lifecycle_callback_ = ::virConnectDomainEventRegisterAny(
      connection_.get(), nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
      VIR_DOMAIN_EVENT_CALLBACK(+on_lifecycle), opaque.get(), free);
  if (lifecycle_callback_ < 0) throw libvirt_error("watching for events of guests");
  (void)opaque.release();

  // libvirt's own event does not tell a reset from a power-off; QEMU's does.
  const auto on_shutdown = [](virConnectPtr, virDomainPtr domain, const char*, long long, unsigned,
                              const char* details, void* opaque) {
    const auto& listeners = **static_cast<std::shared_ptr<Listeners>*>(opaque);
    const auto listener = listeners.find(domain);
    if (!listener) return;
    const auto parsed = nlohmann::json::parse(details != nullptr ? details : "", nullptr, false);
    std::string reason;
    if (parsed.is_object() && parsed.contains("reason") && parsed["reason"].is_string())
      reason = parsed["reason"];
    listener->on_shutdown(reason);
  };
  auto shutdown_opaque = std::make_unique<std::shared_ptr<Listeners>>(listeners_);
  shutdown_callback_ = ::virConnectDomainQemuMonitorEventRegister(
      connection_.get(), nullptr, "SHUTDOWN", +on_shutdown, shutdown_opaque.get(), free, 0);
  if (shutdown_callback_ >= 0)
    (void)shutdown_opaque.release();
  else
    spdlog::debug("{} does not pass on QEMU's events: a reset will look like a power-off", uri_);
}

LibvirtSession::~LibvirtSession() {
  pool_.join();
  if (!connection_) return;
  bool alone = false;
  {
    std::unique_lock lock(listeners_->mutex);
    alone = listeners_->fewer.wait_for(lock, options_.deadlines.destroy,
                                       [this] { return listeners_->by_name.empty(); });
    if (!alone) spdlog::error("guest {} is still there", listeners_->by_name.begin()->first);
  }
  if (!retired_.empty()) {
    std::this_thread::sleep_until(retired_.back().first + disposal_of_a_guest);
    end_retired(retired_.back().first);
  }
  if (lifecycle_callback_ >= 0)
    ::virConnectDomainEventDeregisterAny(connection_.get(), lifecycle_callback_);
  if (shutdown_callback_ >= 0)
    ::virConnectDomainQemuMonitorEventDeregister(connection_.get(), shutdown_callback_);
  connection_.reset();
  if (!LibvirtEventLoop::instance().drain(options_.deadlines.drain))
    spdlog::warn("libvirt has not let go of all it watched");
  // Memory of the host; what libvirt learnt about QEMU is elsewhere.
  std::error_code ignored;
  if (alone && embedded_) std::filesystem::remove_all(root_, ignored);
}

void LibvirtSession::listen(const std::string& domain_name,
                            std::shared_ptr<DomainListener> listener) {
  const std::lock_guard lock(listeners_->mutex);
  listeners_->by_name[domain_name] = std::move(listener);
}

void LibvirtSession::forget(const std::string& domain_name) {
  const std::lock_guard lock(listeners_->mutex);
  listeners_->by_name.erase(domain_name);
  listeners_->fewer.notify_all();
}

void LibvirtSession::retire(StreamHandle stream) {
  const auto now = std::chrono::steady_clock::now();
  end_retired(now - 10 * disposal_of_a_guest);
  retired_.emplace_back(now, std::move(stream));
}

void LibvirtSession::end_retired(std::chrono::steady_clock::time_point latest) {
  for (; !retired_.empty() && retired_.front().first <= latest; retired_.pop_front())
    ::virStreamAbort(retired_.front().second.get());
}

bool LibvirtSession::is_known(const std::string& domain_name) const {
  const std::lock_guard lock(listeners_->mutex);
  return listeners_->by_name.contains(domain_name);
}

std::shared_ptr<DomainListener> LibvirtSession::Listeners::find(virDomainPtr domain) const {
  const char* name = ::virDomainGetName(domain);
  if (name == nullptr) return nullptr;
  const std::lock_guard lock(mutex);
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

}  // namespace faultline
