// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spec/experiment.h"

namespace faultline {

/// One guest to start.
struct GuestMachine {
  std::string name;  ///< Unique on this host; the hypervisor adds its own prefix.
  Topology topology;
  Accelerator accel = Accelerator::tcg;  ///< Never automatic here.
  std::filesystem::path kernel;          ///< bzImage, or ELF with a PVH entry.
  std::filesystem::path initramfs;
  std::string cmdline;
  std::filesystem::path disk;   ///< Read-only, /dev/vda in the guest; empty: none.
  bool person_console = false;  ///< `shell`: a person types at the serial console.
};

/// The byte streams that a guest has.
enum class GuestStream { console, events, artifacts };

/// Why a guest is no more.
struct GuestEnd {
  enum class Kind {
    powered_off,     ///< By itself, in order.
    reset,           ///< It rebooted itself, which ends it: a triple fault, or panic=-1.
    panicked,        ///< The panic device said so.
    internal_error,  ///< KVM or QEMU could not go on; the guest was paused.
    killed,          ///< QEMU died or was killed from outside.
    destroyed,       ///< By us.
  };
  Kind kind = Kind::powered_off;
  std::string detail;  ///< The tail of QEMU's log, for internal_error and killed.
};
std::string to_string(GuestEnd::Kind kind);

/// A running guest. Owned by the coroutine of its boot; must be ended with destroy(), its
/// destructor is a last resort that logs. One reader a stream.
class VirtualMachine {
 public:
  virtual ~VirtualMachine() = default;
  /// Lets the paused guest run. Called once, after everything that listens is in place.
  virtual boost::asio::awaitable<void> resume() = 0;
  /// Some bytes of a stream; 0 at its end. `buffer` must outlive the await.
  virtual boost::asio::awaitable<std::size_t> read(GuestStream stream, std::span<char> buffer) = 0;
  /// Bytes typed at the console. `bytes` must outlive the await.
  virtual boost::asio::awaitable<void> write_console(std::span<const char> bytes) = 0;
  /// Completes when the guest is no more (or is paused for good by an internal error).
  virtual boost::asio::awaitable<GuestEnd> wait_end() = 0;
  /// Ends the guest if it still runs and frees everything. Idempotent.
  virtual boost::asio::awaitable<void> destroy() = 0;
  /// The XML that the hypervisor was given.
  virtual std::string xml() const = 0;
};

/// Facts about the hypervisor, for the provenance and for doctor.
struct HypervisorFacts {
  std::string uri;
  std::string libvirt_version;
  std::string qemu_version;
  std::string qemu_binary;
  bool kvm_device = false;  ///< /dev/kvm opens (or the remote end says so); proves nothing yet.
};

/// Port: the thing that runs guests.
class Hypervisor {
 public:
  virtual ~Hypervisor() = default;
  virtual boost::asio::awaitable<HypervisorFacts> facts() = 0;
  /// Defines and starts a transient guest, paused before its first instruction, with its streams
  /// open. Throws Error{libvirt} with libvirt's own words.
  virtual boost::asio::awaitable<std::unique_ptr<VirtualMachine>> start(GuestMachine machine) = 0;
  /// Ends guests of this state directory that an earlier, killed process left. Returns their names.
  virtual boost::asio::awaitable<std::vector<std::string>> sweep() = 0;
};

}  // namespace faultline
