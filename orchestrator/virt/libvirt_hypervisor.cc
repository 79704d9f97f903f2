// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/libvirt_hypervisor.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>
#include <utility>

#include "async/thread_pool.h"
#include "guest/run_sheet.h"
#include "virt/domain_xml.h"
#include "virt/host_capabilities.h"
#include "virt/libvirt_machine.h"
#include "virt/libvirt_stream.h"
#include "virt/pipe_stream.h"

namespace faultline {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::milliseconds poll_interval{20};

struct FreeText {
  void operator()(char* text) const { ::free(text); }
};
using Text = std::unique_ptr<char, FreeText>;

std::string dotted(unsigned long version) {
  return std::to_string(version / 1000000) + "." + std::to_string(version / 1000 % 1000) + "." +
         std::to_string(version % 1000);
}

bool opens(const char* device) {
  const UniqueFd fd(::open(device, O_RDWR | O_CLOEXEC));
  return static_cast<bool>(fd);
}

/// A name that libvirt, file systems and shells all take.
std::string plain_name(const std::string& name) {
  constexpr std::size_t longest = 60;
  std::string plain;
  for (const char c : name.substr(0, longest))
    plain +=
        std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ? c : '-';
  return plain;
}

UniqueFd process_of_guest(const LibvirtSession& session, const std::string& domain_name) {
  std::ifstream file(session.root() / "run" / "qemu" / (domain_name + ".pid"));
  pid_t pid = 0;
  if (!(file >> pid)) return {};
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// Starts the guest, paused, and opens its streams. Blocks.
LibvirtMachine::Parts start_domain(LibvirtSession& session, const std::string& domain_name,
                                   const std::string& xml, bool has_channels,
                                   const std::filesystem::path& console_pipes) {
  LibvirtMachine::Parts parts;
  if (!console_pipes.empty()) create_pipes(console_pipes);
  unsigned flags = VIR_DOMAIN_START_PAUSED;
  // The embedded driver refuses this one; the guard stands in for it.
  if (!session.is_embedded()) flags |= VIR_DOMAIN_START_AUTODESTROY;
  parts.domain.reset(::virDomainCreateXML(session.connection(), xml.c_str(), flags));
  if (!parts.domain) throw libvirt_error("starting guest " + domain_name);
  if (session.is_embedded()) parts.process = process_of_guest(session, domain_name);
  const auto fail = [&](const std::string& what) {
    const Error error = libvirt_error("opening " + what + " of guest " + domain_name);
    ::virDomainDestroy(parts.domain.get());
    throw error;
  };
  const auto open_channel = [&](const char* port) {
    StreamHandle stream = LibvirtStream::create(session.connection());
    if (::virDomainOpenChannel(parts.domain.get(), port, stream.get(), 0) != 0) fail(port);
    return stream;
  };
  if (!console_pipes.empty()) {
    parts.console_pipes = open_pipes(console_pipes);
  } else {
    parts.console = LibvirtStream::create(session.connection());
    if (::virDomainOpenConsole(parts.domain.get(), nullptr, parts.console.get(), 0) != 0)
      fail("the console");
  }
  if (has_channels) {
    parts.events = open_channel(guest::event_port);
    parts.artifacts = open_channel(guest::artifact_port);
  }
  return parts;
}

/// Destroys a guest that may or may not have come into being. Blocks.
void destroy_by_name(LibvirtSession& session, const std::string& domain_name) {
  const DomainHandle domain(::virDomainLookupByName(session.connection(), domain_name.c_str()));
  if (domain) ::virDomainDestroy(domain.get());
}

}  // namespace

struct LibvirtHypervisor::Host {
  HypervisorFacts facts;
  HostCapabilities capabilities;
};

LibvirtHypervisor::LibvirtHypervisor(Options options) : session_(std::move(options)) {}

LibvirtHypervisor::~LibvirtHypervisor() = default;

void LibvirtHypervisor::connect_and_learn() {
  const std::lock_guard lock(connecting_);
  if (host_) return;
  if (session_.connection() == nullptr) session_.connect();
  virConnect* connection = session_.connection();
  auto host = std::make_shared<Host>();
  host->facts.uri = session_.uri();
  unsigned long version = 0;
  if (::virConnectGetLibVersion(connection, &version) == 0)
    host->facts.libvirt_version = dotted(version);
  if (::virConnectGetVersion(connection, &version) == 0) host->facts.qemu_version = dotted(version);
  const Text capabilities(::virConnectGetCapabilities(connection));
  if (!capabilities) throw libvirt_error("asking libvirt what it can do");
  host->capabilities = parse_capabilities(capabilities.get());
  host->facts.qemu_binary = host->capabilities.emulator;
  host->facts.kvm_device = session_.is_embedded() ? opens("/dev/kvm") : host->capabilities.has_kvm;
  host_ = std::move(host);
}

asio::awaitable<std::shared_ptr<const LibvirtHypervisor::Host>> LibvirtHypervisor::host() {
  auto learn = [this] {
    connect_and_learn();
    const std::lock_guard lock(connecting_);
    return host_;
  };
  auto host = co_await with_deadline(on_pool(session_.pool(), std::move(learn)),
                                     session_.deadlines().connect);
  if (!host)
    throw Error(ErrorKind::libvirt, "connecting to " + session_.uri(), "no answer in time");
  co_return *host;
}

asio::awaitable<HypervisorFacts> LibvirtHypervisor::facts() {
  const auto host = co_await this->host();
  co_return host->facts;
}

asio::awaitable<std::unique_ptr<VirtualMachine>> LibvirtHypervisor::start(GuestMachine machine) {
  const auto executor = co_await asio::this_coro::executor;
  const auto host = co_await this->host();
  // The number keeps apart a guest and an abandoned one of the same name that is still going.
  const unsigned number = started_++;
  const std::string name =
      session_.slot().name_prefix() + std::to_string(number) + "-" + plain_name(machine.name);
  const std::string doing = "starting guest " + name;
  // QEMU runs in a folder of its own.
  machine.kernel = std::filesystem::absolute(machine.kernel);
  if (!machine.initramfs.empty()) machine.initramfs = std::filesystem::absolute(machine.initramfs);

  DomainPlacement placement;
  placement.domain_name = name;
  placement.emulator = host->capabilities.emulator;
  placement.host_nodes = host->capabilities.nodes;
  std::vector<std::filesystem::path> leftovers;
  if (session_.is_embedded()) {
    const auto sockets = session_.root() / "sockets" / std::to_string(number);
    placement.channel_sockets = sockets;
    placement.console_pipes = sockets.string() + ".console";
    for (const char* suffix : {".console.in", ".console.out", ".events", ".artifacts"})
      leftovers.push_back(sockets.string() + suffix);
    leftovers.push_back(session_.root() / "log" / "qemu" / (name + ".log"));
  }
  for (const auto& sentence : unmet_placement(machine.topology, placement))
    spdlog::warn("topology {}: {}; left free", machine.topology.name, sentence);

  const std::string xml = domain_xml(machine, placement);
  const bool has_channels = machine.accel != Accelerator::icount;
  const auto fate = std::make_shared<MachineFate>(session_, executor, name);
  fate->remove_when_gone(leftovers);
  session_.listen(name, fate);

  // libvirt's call cannot be cancelled. If nobody waits for its guest any more, that guest has to
  // go: the call sees the flag when it comes back, and for a call that looked too early there is a
  // second one below.
  const auto abandoned = std::make_shared<std::atomic<bool>>(false);
  auto clean_up = [&session = session_, name, leftovers] {
    destroy_by_name(session, name);
    std::error_code ignored;
    for (const auto& file : leftovers) std::filesystem::remove(file, ignored);
    session.forget(name);
  };
  auto call = [&session = session_, name, xml, has_channels, abandoned, clean_up,
               pipes = placement.console_pipes] {
    std::shared_ptr<LibvirtMachine::Parts> parts;
    std::exception_ptr failure;
    try {
      if (!*abandoned)
        parts = std::make_shared<LibvirtMachine::Parts>(
            start_domain(session, name, xml, has_channels, pipes));
    } catch (...) {
      failure = std::current_exception();
    }
    if (*abandoned) clean_up();
    if (failure) std::rethrow_exception(failure);
    return parts;
  };
  std::optional<std::shared_ptr<LibvirtMachine::Parts>> parts;
  std::exception_ptr failure;
  try {
    parts = co_await with_deadline(on_pool(session_.pool(), std::move(call)),
                                   session_.deadlines().define_domain);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!parts) {
    *abandoned = true;
    asio::post(session_.pool(), clean_up);
    if (failure) std::rethrow_exception(failure);
    throw Error(ErrorKind::libvirt, doing, "libvirt gave no answer in two minutes",
                "a daemon that asks QEMU for its abilities again and again says so in its own log");
  }
  co_return std::make_unique<LibvirtMachine>(session_, executor, fate, name, xml,
                                             std::move(**parts));
}

asio::awaitable<std::vector<std::string>> LibvirtHypervisor::sweep() {
  co_await host();
  auto call = [this] {
    std::vector<std::string> ended;
    const auto note = [&](const std::string& name) {
      if (std::find(ended.begin(), ended.end(), name) == ended.end()) ended.push_back(name);
    };
    const auto prefixes = session_.slot().ownerless_prefixes();
    const auto deadline = std::chrono::steady_clock::now() + session_.deadlines().sweep;
    for (;;) {
      // What libvirt says of a destruction is not what counts: right after it has found a guest
      // again the call can fail although the guest goes. So: look until there is none.
      bool any = false;
      virDomainPtr* listed = nullptr;
      const int count = ::virConnectListAllDomains(session_.connection(), &listed, 0);
      if (count < 0) throw libvirt_error("listing guests");
      for (int i = 0; i < count; ++i) {
        const DomainHandle domain(listed[i]);
        const std::string name = ::virDomainGetName(domain.get());
        if (session_.is_known(name)) continue;
        if (std::none_of(prefixes.begin(), prefixes.end(),
                         [&](const auto& prefix) { return name.starts_with(prefix); }))
          continue;
        any = true;
        note(name);
        ::virDomainDestroy(domain.get());
      }
      ::free(listed);
      if (session_.is_embedded()) {  // the driver sees only its own root; /proc shows them all
        for (const auto& prefix : prefixes) {
          for (const auto& process : guest_processes(prefix)) {
            if (session_.is_known(process.domain_name)) continue;
            any = true;
            note(process.domain_name);
            kill_guest_process(process);
          }
        }
      }
      if (!any) return ended;
      if (std::chrono::steady_clock::now() > deadline)
        throw Error(ErrorKind::libvirt, "ending guests of an earlier run",
                    ended.back() + " still runs", "end its QEMU process by hand");
      std::this_thread::sleep_for(poll_interval);
    }
  };
  co_return co_await on_pool(session_.pool(), std::move(call));
}

}  // namespace faultline
