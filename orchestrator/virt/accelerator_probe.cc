// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/accelerator_probe.h"

#include <sys/utsname.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace faultline {
namespace asio = boost::asio;
namespace {

using Json = nlohmann::json;

constexpr int cache_version = 1;
constexpr std::size_t answers_kept = 16;
constexpr std::size_t output_kept = 16384;

constexpr std::chrono::hours uncertain_lifetime{24};

std::int64_t unix_time(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.wall().time_since_epoch()).count();
}

/// What was seen of the probe's guest.
struct Observation {
  std::string output;  ///< The tail of its console and events.
  bool spoke = false;
  GuestEnd end;
};

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of(" \r\n\t");
  if (end == std::string::npos) return {};
  const auto begin = text.find_last_of("\r\n", end);
  return printable(text.substr(begin + 1, end - begin), 200);
}

/// What KVM_EXIT_INTERNAL_ERROR's suberror means (Linux, include/uapi/linux/kvm.h).
std::string suberror_meaning(const std::string& number) {
  if (number == "1") return "it failed to emulate an instruction";
  if (number == "2") return "two exceptions at a time";
  if (number == "3") return "an exit while an event was being delivered";
  if (number == "4") return "an exit that it did not expect";
  return "suberror " + number;
}

/// What of QEMU's output says why: the suberror of "KVM internal error", else the first error.
std::string gist(const std::string& qemu_log) {
  static const std::string suberror = "KVM internal error. Suberror: ";
  std::istringstream lines(qemu_log);
  std::string first, line;
  while (std::getline(lines, line)) {
    if (const auto at = line.find(suberror); at != std::string::npos)
      return suberror_meaning(printable(line.substr(at + suberror.size()), 20));
    if (first.empty() && line.find("error") != std::string::npos) first = line;
  }
  return first;
}

/// The first error that QEMU itself printed as it refused to start, without the time, its name and
/// what libvirt puts before it; else the whole cause.
std::string gist_of_refusal(const std::string& cause) {
  static const std::string qemus_name = "qemu-system-x86_64: ", marker = "error: ";
  std::istringstream lines(cause);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(qemus_name);
    if (at == std::string::npos) continue;
    line.erase(0, at + qemus_name.size());
    if (line.starts_with(marker)) line.erase(0, marker.size());
    return line;
  }
  return cause;
}

std::string with_gist(std::string sentence, const std::string& qemu_log) {
  const std::string why = gist(qemu_log);
  return why.empty() ? sentence : sentence + ": " + why;
}

asio::awaitable<void> listen(VirtualMachine& guest, GuestStream stream, Observation& seen) {
  std::vector<char> buffer(4096);
  for (;;) {
    const std::size_t got = co_await guest.read(stream, buffer);
    if (got == 0) co_return;
    seen.spoke = true;
    seen.output.append(buffer.data(), got);
    if (seen.output.size() > output_kept) seen.output.erase(0, seen.output.size() - output_kept);
  }
}

asio::awaitable<void> watch_end(VirtualMachine& guest, Observation& seen) {
  seen.end = co_await guest.wait_end();
  if (seen.end.kind == GuestEnd::Kind::internal_error)
    co_await guest.destroy();  // it only stands still: nothing else would end its streams
}

asio::awaitable<void> observe(VirtualMachine& guest, Observation& seen) {
  using namespace asio::experimental::awaitable_operators;
  co_await guest.resume();
  auto all = listen(guest, GuestStream::console, seen) &&
             listen(guest, GuestStream::events, seen) && watch_end(guest, seen);
  co_await std::move(all);
}

AcceleratorAnswer judge(bool in_time, const Observation& seen, std::chrono::milliseconds limit) {
  using Kind = GuestEnd::Kind;
  if (!in_time) {
    const std::string seconds =
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limit).count());
    if (!seen.spoke)
      return {false, "the probe guest said nothing on KVM for " + seconds + " s", false};
    return {false,
            "the probe guest did not end on KVM within " + seconds +
                " s; it last said: " + last_line(seen.output),
            false};
  }
  switch (seen.end.kind) {
    case Kind::powered_off:
      if (seen.spoke) return {true, "a probe guest ran on KVM", true};
      return {false, "the probe guest powered off on KVM without a word", true};
    case Kind::internal_error:
      return {false,
              with_gist("KVM stopped the probe guest with an internal error", seen.end.detail),
              true};
    case Kind::panicked:
    case Kind::reset:
      return {false,
              "the probe guest " + to_string(seen.end.kind) +
                  " on KVM; it last said: " + last_line(seen.output),
              true};
    case Kind::killed:
    case Kind::destroyed:
      return {false, with_gist("QEMU died under the probe guest on KVM", seen.end.detail), false};
  }
  std::abort();
}

Json to_json(const ProbeKey& key) {
  return {{"host_kernel", key.host_kernel},
          {"cpu_model", key.cpu_model},
          {"qemu_version", key.qemu_version},
          {"libvirt_version", key.libvirt_version},
          {"kernel_key", key.kernel_key}};
}

/// The remembered answers, oldest first; none if the file is not one of ours.
Json read_answers(const std::filesystem::path& cache_file) {
  std::ifstream file(cache_file);
  const Json cache = Json::parse(file, nullptr, false);
  if (!cache.is_object() || cache.value("version", 0) != cache_version) return Json::array();
  const auto answers = cache.find("answers");
  return answers != cache.end() && answers->is_array() ? *answers : Json::array();
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

asio::awaitable<AcceleratorAnswer> probe_kvm(Hypervisor& hypervisor, ProbeGuest guest,
                                             Deadlines deadlines) {
  const HypervisorFacts facts = co_await hypervisor.facts();
  if (!facts.kvm_device)
    co_return AcceleratorAnswer{false, "/dev/kvm is missing or may not be opened by this user",
                                false};
  GuestMachine machine;
  machine.name = "probe";
  machine.topology.name = "probe";
  machine.topology.nodes = {{.cpus = 2, .memory = Bytes{512} << 20, .host_node = {}}};
  machine.topology.distances = {{10}};
  machine.accel = Accelerator::kvm;
  machine.kernel = guest.kernel;
  machine.initramfs = guest.initramfs;
  machine.cmdline = guest.cmdline;

  std::unique_ptr<VirtualMachine> probe;
  std::string refusal;
  try {
    probe = co_await hypervisor.start(std::move(machine));
  } catch (const Error& error) {
    refusal = error.cause();
  }
  if (!probe)
    co_return AcceleratorAnswer{
        false, "QEMU does not start a guest on KVM: " + gist_of_refusal(refusal), false};

  const auto limit = deadlines.guest(deadlines.probe);
  Observation seen;
  bool in_time = false;
  std::exception_ptr failure;
  try {
    in_time = co_await with_deadline(observe(*probe, seen), limit);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state();
  co_await probe->destroy();
  if (failure) std::rethrow_exception(failure);
  co_return judge(in_time, seen, limit);
}

ProbeKey probe_key(const HypervisorFacts& facts, std::string kernel_key) {
  utsname host{};
  ::uname(&host);
  return {host.release, cpu_model(), facts.qemu_version, facts.libvirt_version,
          std::move(kernel_key)};
}

std::optional<AcceleratorAnswer> remembered_answer(const std::filesystem::path& cache_file,
                                                   const ProbeKey& key, const Clock& clock) {
  const Json wanted = to_json(key);
  for (const auto& entry : read_answers(cache_file)) {
    if (!entry.is_object() || entry.value("key", Json()) != wanted) continue;
    const auto usable = entry.find("usable"), reason = entry.find("reason");
    if (usable == entry.end() || !usable->is_boolean()) continue;
    if (reason == entry.end() || !reason->is_string()) continue;
    const auto certain = entry.find("certain"), asked = entry.find("asked_at");
    if (certain == entry.end() || !certain->is_boolean()) continue;
    if (asked == entry.end() || !asked->is_number_integer()) continue;
    const std::chrono::seconds age(unix_time(clock) - asked->get<std::int64_t>());
    if (!*certain && (age < age.zero() || age > uncertain_lifetime)) continue;
    return AcceleratorAnswer{usable->get<bool>(), reason->get<std::string>(), certain->get<bool>()};
  }
  return std::nullopt;
}

void remember_answer(const std::filesystem::path& cache_file, const ProbeKey& key,
                     const AcceleratorAnswer& answer, const Clock& clock) {
  Json kept = Json::array();
  for (const auto& entry : read_answers(cache_file))
    if (entry.is_object() && entry.value("key", Json()) != to_json(key)) kept.push_back(entry);
  kept.push_back({{"key", to_json(key)},
                  {"usable", answer.usable},
                  {"reason", answer.reason},
                  {"certain", answer.certain},
                  {"asked_at", unix_time(clock)}});
  while (kept.size() > answers_kept) kept.erase(kept.begin());
  const Json cache = {{"version", cache_version}, {"answers", kept}};
  std::error_code ignored;
  std::filesystem::create_directories(cache_file.parent_path(), ignored);
  write_file_atomically(cache_file,
                        cache.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

asio::awaitable<AcceleratorAnswer> kvm_answer(Hypervisor& hypervisor, ProbeGuest guest,
                                              std::filesystem::path cache_file, Deadlines deadlines,
                                              const Clock& clock) {
  const HypervisorFacts facts = co_await hypervisor.facts();
  const ProbeKey key = probe_key(facts, guest.kernel_key);
  if (facts.kvm_device)
    if (const auto known = remembered_answer(cache_file, key, clock)) co_return *known;
  const auto answer = co_await probe_kvm(hypervisor, std::move(guest), deadlines);
  if (facts.kvm_device) remember_answer(cache_file, key, answer, clock);
  co_return answer;
}

}  // namespace faultline
