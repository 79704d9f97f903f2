// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/libvirt_machine.h"

#include <libvirt/libvirt-qemu.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>

#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "async/thread_pool.h"
#include "base/files.h"
#include "base/text.h"
#include "virt/libvirt_stream.h"

namespace faultline {
namespace asio = boost::asio;
namespace {

using Wakeup = asio::experimental::concurrent_channel<void(boost::system::error_code)>;

constexpr std::size_t log_tail_bytes = 4096;

/// The end of QEMU's own output, without libvirt's copy of the command line at its beginning.
std::string log_tail(const std::filesystem::path& file) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error&) {
    return {};  // a guest's end is told without it
  }
  const std::string_view last_argument = "-msg timestamp=on\n";
  if (const auto at = text.rfind(last_argument); at != std::string::npos)
    text.erase(0, at + last_argument.size());
  if (text.size() > log_tail_bytes) text.erase(0, text.size() - log_tail_bytes);
  return printable(text);
}

std::filesystem::path qemu_log(const LibvirtSession& session, const std::string& domain_name) {
  return session.root() / "log" / "qemu" / (domain_name + ".log");
}

/// QEMU's own word for why it stands still ("internal-error", "io-error", "guest-panicked"); empty
/// if it cannot be asked any more. Blocks.
std::string qemu_status(virDomainPtr domain) {
  char* answer = nullptr;
  if (::virDomainQemuMonitorCommand(domain, R"({"execute":"query-status"})", &answer, 0) != 0)
    return {};
  const std::unique_ptr<char, decltype(&::free)> owner(answer, &::free);
  const auto parsed = nlohmann::json::parse(answer, nullptr, false);
  if (!parsed.is_object()) return {};
  return parsed.value("/return/status"_json_pointer, std::string());
}

bool is_reset(const std::string& shutdown_reason) {
  return shutdown_reason == "guest-reset" || shutdown_reason == "subsystem-reset";
}

void remove_files(const std::vector<std::filesystem::path>& files) {
  std::error_code ignored;
  for (const auto& file : files) std::filesystem::remove(file, ignored);
}

}  // namespace

// ---- MachineFate

struct MachineFate::Shared {
  explicit Shared(const asio::any_io_executor& executor) : ended(executor, 1), gone(executor, 1) {}
  std::mutex mutex;
  bool running = false;
  bool destroying = false;
  bool panicked = false;
  std::string shutdown_reason;
  std::optional<GuestEnd::Kind> end;
  bool is_gone = false;
  std::vector<std::filesystem::path> leftovers;  ///< Removed when it is gone.
  Wakeup ended, gone;  ///< Hold one token from the event on, passed from waiter to waiter.
};

MachineFate::MachineFate(LibvirtSession& session, const asio::any_io_executor& executor,
                         std::string domain_name)
    : session_(session),
      domain_name_(std::move(domain_name)),
      shared_(std::make_shared<Shared>(executor)) {}

MachineFate::~MachineFate() = default;

void MachineFate::expect_destruction() {
  const std::lock_guard lock(shared_->mutex);
  shared_->destroying = true;
}

void MachineFate::on_shutdown(const std::string& reason) {
  {
    // The first one counts: libvirt answers it with a signal, which QEMU reports as another.
    const std::lock_guard lock(shared_->mutex);
    if (!shared_->shutdown_reason.empty()) return;
    shared_->shutdown_reason = reason;
  }
  // The guest has had its last instruction. libvirt will say that it stopped when QEMU is gone and
  // all is tidied up, 200 ms later.
  if (reason == "guest-shutdown") end(GuestEnd::Kind::powered_off);
  if (is_reset(reason)) end(GuestEnd::Kind::reset);
}

void MachineFate::end(GuestEnd::Kind kind) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->end) return;
    shared_->end = shared_->destroying ? GuestEnd::Kind::destroyed : kind;
  }
  shared_->ended.try_send(boost::system::error_code{});
}

void MachineFate::on_lifecycle(int event, int detail) {
  using Kind = GuestEnd::Kind;
  switch (event) {
    case VIR_DOMAIN_EVENT_RESUMED: {
      const std::lock_guard lock(shared_->mutex);
      shared_->running = true;
      return;
    }
    case VIR_DOMAIN_EVENT_SUSPENDED: {
      {
        // Nobody but QEMU itself pauses a guest that has once run.
        const std::lock_guard lock(shared_->mutex);
        if (!shared_->running || shared_->destroying || !shared_->shutdown_reason.empty()) return;
      }
      if (detail == VIR_DOMAIN_EVENT_SUSPENDED_IOERROR) return end(Kind::internal_error);
      return examine_pause();
    }
    case VIR_DOMAIN_EVENT_CRASHED: {
      const std::lock_guard lock(shared_->mutex);
      shared_->panicked = true;
      return;
    }
    case VIR_DOMAIN_EVENT_STOPPED: {
      std::string reason;
      bool panicked;
      std::vector<std::filesystem::path> leftovers;
      {
        const std::lock_guard lock(shared_->mutex);
        reason = shared_->shutdown_reason;
        panicked = shared_->panicked;
        leftovers = std::move(shared_->leftovers);
        shared_->is_gone = true;
      }
      if (panicked || detail == VIR_DOMAIN_EVENT_STOPPED_CRASHED)
        end(Kind::panicked);
      else if (is_reset(reason))
        end(Kind::reset);
      else if (detail == VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN &&
               (reason.empty() || reason == "guest-shutdown"))
        end(Kind::powered_off);
      else
        end(Kind::killed);  // a signal, QEMU's own death, or somebody else's 'virsh destroy'
      remove_files(leftovers);
      session_.forget(domain_name_);
      shared_->gone.try_send(boost::system::error_code{});
      return;
    }
    default:
      return;
  }
}

void MachineFate::examine_pause() {
  // Asked on a pool thread: this one delivers libvirt's events and must not wait for libvirt.
  asio::post(session_.pool(), [self = shared_from_this()] {
    const DomainHandle domain(
        ::virDomainLookupByName(self->session_.connection(), self->domain_name_.c_str()));
    if (!domain) return;  // its end is on its way
    const std::string status = qemu_status(domain.get());
    if (status == "internal-error" || status == "io-error")
      self->end(GuestEnd::Kind::internal_error);
    if (status == "guest-panicked") self->end(GuestEnd::Kind::panicked);
  });
}

asio::awaitable<GuestEnd> MachineFate::wait_end() {
  const auto shared = shared_;
  co_await shared->ended.async_receive(asio::use_awaitable);
  shared->ended.try_send(boost::system::error_code{});
  GuestEnd end;
  {
    const std::lock_guard lock(shared->mutex);
    end.kind = *shared->end;
  }
  if (end.kind == GuestEnd::Kind::internal_error || end.kind == GuestEnd::Kind::killed) {
    if (session_.is_embedded()) {
      auto tail = [file = qemu_log(session_, domain_name_)] { return log_tail(file); };
      end.detail = co_await on_pool(session_.pool(), std::move(tail));
    }
  }
  co_return end;
}

bool MachineFate::is_ending() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->is_gone || (shared_->end && (*shared_->end == GuestEnd::Kind::powered_off ||
                                               *shared_->end == GuestEnd::Kind::reset));
}

void MachineFate::remove_when_gone(std::vector<std::filesystem::path> files) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->is_gone)
    remove_files(files);
  else
    shared_->leftovers = std::move(files);
}

asio::awaitable<void> MachineFate::wait_gone() {
  const auto shared = shared_;
  co_await shared->gone.async_receive(asio::use_awaitable);
  shared->gone.try_send(boost::system::error_code{});
}

// ---- LibvirtMachine

LibvirtMachine::LibvirtMachine(LibvirtSession& session, const asio::any_io_executor& executor,
                               std::shared_ptr<MachineFate> fate, std::string domain_name,
                               std::string xml, Parts parts)
    : session_(session),
      fate_(std::move(fate)),
      domain_name_(std::move(domain_name)),
      xml_(std::move(xml)),
      domain_(std::move(parts.domain)),
      process_(executor) {
  if (parts.process) process_.assign(parts.process.release());
  const auto add = [&](GuestStream kind, StreamHandle& stream) {
    if (stream)
      streams_.emplace(kind, std::make_unique<LibvirtStream>(std::move(stream), executor,
                                                             [this](StreamHandle unused) {
                                                               session_.retire(std::move(unused));
                                                             }));
  };
  if (parts.console_pipes)
    streams_.emplace(GuestStream::console,
                     std::make_unique<PipeStream>(std::move(*parts.console_pipes), executor));
  add(GuestStream::console, parts.console);
  add(GuestStream::events, parts.events);
  add(GuestStream::artifacts, parts.artifacts);
}

LibvirtMachine::~LibvirtMachine() {
  if (!domain_) return;
  spdlog::error("guest {} was abandoned by its owner; destroying it", domain_name_);
  fate_->expect_destruction();
  ::virDomainDestroy(domain_.get());
  close();
}

asio::awaitable<void> LibvirtMachine::resume() {
  auto call = [domain = domain_, name = domain_name_] {
    if (::virDomainResume(domain.get()) != 0) throw libvirt_error("letting guest " + name + " run");
  };
  if (!co_await with_deadline(on_pool(session_.pool(), std::move(call)),
                              session_.deadlines().start))
    throw Error(ErrorKind::libvirt, "letting guest " + domain_name_ + " run", "no answer in time");
}

asio::awaitable<std::size_t> LibvirtMachine::read(GuestStream stream, std::span<char> buffer) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) co_return 0;
  co_return co_await found->second->read(buffer);
}

asio::awaitable<void> LibvirtMachine::write_console(std::span<const char> bytes) {
  const auto found = streams_.find(GuestStream::console);
  if (found == streams_.end())
    throw Error(ErrorKind::libvirt, "writing to guest " + domain_name_, "it has been destroyed");
  co_await found->second->write(bytes);
}

asio::awaitable<GuestEnd> LibvirtMachine::wait_end() {
  co_return co_await fate_->wait_end();
}

asio::awaitable<void> LibvirtMachine::wait_process() {
  co_await process_.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
}

asio::awaitable<void> LibvirtMachine::destroy() {
  if (!domain_) co_return;
  const auto domain = std::exchange(domain_, nullptr);
  const auto limit = session_.deadlines().destroy;
  bool gone = false;
  if (fate_->is_ending()) {
    // The process is what holds the memory and the CPUs; libvirt tidies up behind it by itself.
    gone = process_.is_open() ? co_await with_deadline(wait_process(), limit)
                              : co_await with_deadline(fate_->wait_gone(), limit);
  }
  if (!gone) {
    fate_->expect_destruction();
    auto call = [domain] { ::virDomainDestroy(domain.get()); };  // may have ended meanwhile
    gone = co_await with_deadline(on_pool(session_.pool(), std::move(call)), limit) &&
           co_await with_deadline(fate_->wait_gone(), limit);
  }
  close();
  if (!gone)
    throw Error(ErrorKind::libvirt, "ending guest " + domain_name_, "it still runs",
                "look at its QEMU process; the next start will try to end it too");
}

void LibvirtMachine::close() {
  for (auto& [kind, stream] : streams_) stream->close();
}

}  // namespace faultline
