// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/boot.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>

#include "base/error.h"
#include "base/unique_fd.h"
#include "run/guest_transcript.h"
#include "run/host_watch.h"
#include "run/instrumented_boot.h"

namespace faultline {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::awaitable;

/// A hostile guest may send artifacts for ever; what is over this is read and thrown away.
constexpr std::size_t max_artifact_bytes = std::size_t{256} << 20;

awaitable<void> read_console(VirtualMachine& guest, GuestTranscript& transcript) {
  std::array<char, 16384> buffer;
  while (const std::size_t got = co_await guest.read(GuestStream::console, buffer))
    transcript.console({buffer.data(), got});
  transcript.stream_ended();
}

awaitable<void> read_events(VirtualMachine& guest, GuestTranscript& transcript) {
  std::array<char, 65536> buffer;
  while (const std::size_t got = co_await guest.read(GuestStream::events, buffer))
    transcript.events({buffer.data(), got});
  transcript.stream_ended();
}

/// Writes the artifact stream to `file`; the file exists only if something came.
awaitable<void> read_artifacts(VirtualMachine& guest, fs::path file, GuestTranscript& transcript) {
  std::array<char, 65536> buffer;
  UniqueFd out;
  std::size_t kept = 0;
  while (const std::size_t got = co_await guest.read(GuestStream::artifacts, buffer)) {
    if (kept + got > max_artifact_bytes) continue;
    if (!out) out.reset(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!out || ::write(out.get(), buffer.data(), got) != static_cast<ssize_t>(got)) {
      transcript.failed_on_our_side("writing " + file.string() + ": " + std::strerror(errno));
      // Read on: a guest whose port nobody reads blocks in its write.
      kept = max_artifact_bytes;
      continue;
    }
    kept += got;
  }
  transcript.stream_ended();
}

awaitable<void> watch_end(VirtualMachine& guest, GuestTranscript& transcript) {
  transcript.ended(co_await guest.wait_end());
}

/// Notes why a part of the boot fails. Its neighbours are cancelled then and fail as well, and what
/// comes out of all of them together does not tell who was first.
awaitable<void> noting(GuestTranscript& transcript, awaitable<void> part) {
  try {
    co_await std::move(part);
  } catch (const std::exception& error) {
    transcript.failed_on_our_side(error.what());
    throw;
  }
}

/// Follows the guest's phases and ends it when one of them takes too long or the user gives up.
/// Ending it closes its streams, and so ends the readers beside us: nothing has to be cancelled.
/// Looks at the host meanwhile; `watch` may be null.
awaitable<void> supervise(BootServices& services, VirtualMachine& guest,
                          GuestTranscript& transcript, HostWatch* watch, Bell& bell,
                          BootProgress progress) {
  std::string shown;
  while (!transcript.over()) {
    const std::string now = transcript.phase() == BootPhase::booting ? "booting"
                            : transcript.phase() == BootPhase::powering_off
                                ? "powering off"
                                : transcript.current_step();
    if (now != shown && !now.empty()) progress(shown = now);
    if (services.interrupt.raised()) {
      transcript.interrupted();
      break;
    }
    const SteadyTime deadline = transcript.silence_deadline(services.deadlines);
    if (services.clock.steady() >= deadline) {
      transcript.deadline_passed();
      break;
    }
    SteadyTime next = deadline;
    if (watch != nullptr) {
      watch->look();
      next = std::min(next, watch->next_look());
    }
    co_await bell.wait_until(next);
  }
  // The last words may still be on their way when the end is known.
  const SteadyTime drained = services.clock.steady() + services.deadlines.drain;
  while (transcript.over() && !transcript.drained() && services.clock.steady() < drained)
    co_await bell.wait_until(drained);
  co_await guest.destroy();
}

}  // namespace

awaitable<BootRecord> run_boot(BootServices& services, BootOrder order, BootProgress progress) {
  using asio::experimental::awaitable_operators::operator&&;

  Bell bell(co_await asio::this_coro::executor);
  const Interrupt::Subscription hears_interrupt(services.interrupt, bell);
  GuestTranscript transcript(order, services.clock, bell);
  BootRecord record = transcript.empty_record();
  const fs::path initramfs = services.scratch / (order.boot_id + ".cpio");
  const fs::path artifacts = services.artifacts / (order.boot_id + ".tar");

  std::optional<HostWatch> watch;
  if (!services.host.empty()) watch.emplace(order.boot_id, services.clock, services.host);
  HostWatch* const watched = watch ? &*watch : nullptr;
  std::unique_ptr<VirtualMachine> guest;
  std::optional<InstrumentedBoot> instrument;
  try {
    progress("starting");
    write_boot_initramfs(order.image, record.run_sheet, initramfs);
    GuestMachine machine = machine_of(order, initramfs);
    if (order.instrument.wanted()) {
      instrument.emplace(order, services.scratch);
      machine.plugin = instrument->plugin_argument();
    }
    guest = co_await services.hypervisor.start(std::move(machine));
    record.domain_xml = guest->xml();
    if (order.instrument.memory) {
      const std::vector<RamBlock> memory = co_await guest->ram_blocks();
      instrument->place_memory(memory);
    }
    if (watched != nullptr) watched->look();
    transcript.resumed();
    co_await guest->resume();
    co_await (noting(transcript, read_console(*guest, transcript)) &&
              noting(transcript, read_events(*guest, transcript)) &&
              noting(transcript, read_artifacts(*guest, artifacts, transcript)) &&
              noting(transcript, watch_end(*guest, transcript)) &&
              noting(transcript, supervise(services, *guest, transcript, watched, bell, progress)));
  } catch (const std::exception& error) {
    transcript.failed_on_our_side(error.what());
  }
  if (guest) co_await guest->destroy();

  std::error_code ignored;
  fs::remove(initramfs, ignored);
  if (fs::exists(artifacts, ignored)) record.artifacts_file = artifacts;
  if (watch) record.conditions = watch->conditions();
  transcript.complete(record);
  if (instrument) instrument->complete(record);
  co_return record;
}

}  // namespace faultline
