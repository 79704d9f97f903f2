// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle/bundle_lock.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace faultline {
namespace {

using Json = nlohmann::json;

constexpr int lock_format = 1;
constexpr int deepest = 8;                       ///< Of the lock's JSON; ours has three levels.
constexpr std::int64_t most_blocks = 1'000'000;  ///< As in an experiment (spec).

Json to_json(const HostRecord& host) {
  return {{"cpu_model", host.cpu_model},   {"cpus", host.cpus},     {"memory_kib", host.memory_kib},
          {"numa_nodes", host.numa_nodes}, {"kernel", host.kernel}, {"qemu", host.qemu},
          {"libvirt", host.libvirt}};
}

HostRecord host_from(const Json& json) {
  HostRecord host;
  host.cpu_model = json.at("cpu_model");
  host.cpus = json.at("cpus");
  host.memory_kib = json.at("memory_kib");
  host.numa_nodes = json.at("numa_nodes");
  host.kernel = json.at("kernel");
  host.qemu = json.at("qemu");
  host.libvirt = json.at("libvirt");
  return host;
}

Json to_json(const KernelRecord& kernel) {
  return {{"key", kernel.key},
          {"release", kernel.release},
          {"source", kernel.source},
          {"source_hash", kernel.source_hash},
          {"compiler", kernel.compiler},
          {"series", kernel.series},
          {"series_hashes", kernel.series_hashes}};
}

KernelRecord kernel_from(const Json& json) {
  KernelRecord kernel;
  kernel.key = json.at("key");
  kernel.release = json.at("release");
  kernel.source = json.at("source");
  kernel.source_hash = json.at("source_hash");
  kernel.compiler = json.at("compiler");
  kernel.series = json.at("series").get<std::vector<std::string>>();
  kernel.series_hashes = json.at("series_hashes").get<std::vector<std::string>>();
  return kernel;
}

/// Collects "what: there …, here …" for texts that differ.
class Comparison {
 public:
  void text(const std::string& what, const std::string& there, const std::string& here) {
    if (there != here) lines_.push_back(what + ": there " + shown(there) + ", here " + shown(here));
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  static std::string shown(const std::string& text) {
    return text.empty() ? "none" : printable(text, 100);
  }
  std::vector<std::string> lines_;
};

std::string short_hash(const std::string& hash) {
  return hash.substr(0, 12);
}

std::string series_text(const KernelRecord& kernel) {
  std::string text;
  for (std::size_t i = 0; i < kernel.series.size(); ++i) {
    if (i > 0) text += ", ";
    text += kernel.series[i];
    if (i < kernel.series_hashes.size()) text += " " + short_hash(kernel.series_hashes[i]);
  }
  return text;
}

void compare(Comparison& comparison, const KernelRecord& there, const KernelRecord& here) {
  comparison.text("kernel release", there.release, here.release);
  comparison.text("kernel source " + here.source, short_hash(there.source_hash),
                  short_hash(here.source_hash));
  comparison.text("series", series_text(there), series_text(here));
  comparison.text("compiler", there.compiler, here.compiler);
}

}  // namespace

std::string lock_to_json(const BundleLock& lock) {
  Json kernels = Json::array();
  for (const KernelRecord& kernel : lock.kernels) kernels.push_back(to_json(kernel));
  const Json json = {{"format", lock_format},
                     {"faultline", lock.faultline_version},
                     {"experiment", lock.experiment},
                     {"experiment_hash", lock.experiment_hash},
                     {"run_id", lock.run_id},
                     {"blocks", lock.blocks},
                     {"accel", lock.accel},
                     {"host", to_json(lock.host)},
                     {"kernels", kernels},
                     {"images", lock.image_hashes},
                     {"files", lock.files}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

BundleLock lock_from_json(std::string_view text) {
  const auto refuse = [](const std::string& why) -> Error {
    return {ErrorKind::user_input, "reading the bundle's bundle.json", why,
            "make the bundle again with 'faultline bundle'"};
  };
  const auto shallow = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth > deepest) throw refuse("it is nested too deeply");
    return true;
  };
  const Json json = Json::parse(text, shallow, false);
  if (!json.is_object()) throw refuse("it is no JSON object");
  try {
    if (json.at("format") != lock_format)
      throw refuse("format " + printable(json.at("format").dump(), 100) +
                   " is not known to this program");
    BundleLock lock;
    lock.faultline_version = json.at("faultline");
    lock.experiment = json.at("experiment");
    lock.experiment_hash = json.at("experiment_hash");
    lock.run_id = json.at("run_id");
    const Json& blocks = json.at("blocks");
    if (!blocks.is_number_integer() || blocks < 1 || blocks > most_blocks)
      throw refuse("it says that the run had " + printable(blocks.dump(), 100) + " blocks");
    lock.blocks = blocks;
    lock.accel = json.at("accel");
    lock.host = host_from(json.at("host"));
    for (const Json& kernel : json.at("kernels")) lock.kernels.push_back(kernel_from(kernel));
    lock.image_hashes = json.at("images").get<std::vector<std::string>>();
    lock.files = json.at("files").get<std::map<std::string, std::string>>();
    return lock;
  } catch (const Json::exception& error) {
    throw refuse(error.what());
  }
}

std::vector<std::string> differences(const BundleLock& there, const BundleLock& here) {
  Comparison comparison;
  comparison.text("Faultline", there.faultline_version, here.faultline_version);
  comparison.text("blocks", std::to_string(there.blocks), std::to_string(here.blocks));
  comparison.text("accelerator", there.accel, here.accel);
  comparison.text("CPU", there.host.cpu_model, here.host.cpu_model);
  comparison.text("CPUs", std::to_string(there.host.cpus), std::to_string(here.host.cpus));
  comparison.text("nodes of the host", std::to_string(there.host.numa_nodes),
                  std::to_string(here.host.numa_nodes));
  comparison.text("host kernel", there.host.kernel, here.host.kernel);
  comparison.text("QEMU", there.host.qemu, here.host.qemu);
  comparison.text("libvirt", there.host.libvirt, here.host.libvirt);
  // Kernels are listed in the order of the experiment's arms, equal ones once.
  const std::size_t both = std::min(there.kernels.size(), here.kernels.size());
  for (std::size_t i = 0; i < both; ++i)
    if (there.kernels[i].key != here.kernels[i].key)
      compare(comparison, there.kernels[i], here.kernels[i]);
  comparison.text("number of kernels", std::to_string(there.kernels.size()),
                  std::to_string(here.kernels.size()));
  const auto hashes = [](const BundleLock& lock) {
    std::string text;
    for (const std::string& hash : lock.image_hashes)
      text += (text.empty() ? "" : ", ") + short_hash(hash);
    return text;
  };
  comparison.text("guest images", hashes(there), hashes(here));
  return comparison.take();
}

}  // namespace faultline
