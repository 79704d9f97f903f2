// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/prepared_arms.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <exception>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/sha256.h"
#include "image/debian_disk.h"
#include "run/boot_order.h"
#include "spec/collectors.h"
#include "virt/accelerator_probe.h"

namespace faultline {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::awaitable;

/// Arms with one build, in one of its text layouts: one name for the display ("chains, shared").
struct SharedBuild {
  KernelRecipe recipe;
  std::string arm_names;
  std::vector<std::size_t> arms;
};

std::vector<SharedBuild> shared_builds(const Experiment& experiment, const Catalogue& catalogue,
                                       const std::vector<std::vector<std::uint32_t>>& layouts) {
  std::vector<SharedBuild> builds;
  std::map<std::pair<std::size_t, std::uint32_t>, std::size_t> known;
  const std::vector<std::size_t> build_of_arm = builds_of_arms(experiment);
  for (std::size_t i = 0; i < experiment.arms.size(); ++i)
    for (const std::uint32_t layout : layouts[i]) {
      const Arm& arm = experiment.arms[i];
      const auto [place, added] = known.try_emplace({build_of_arm[i], layout}, builds.size());
      if (added) {
        builds.push_back({recipe_of(arm, catalogue), arm.name, {}});
        builds.back().recipe.layout = layout;
      }
      SharedBuild& build = builds[place->second];
      if (!added) build.arm_names += ", " + arm.name;
      build.arms.push_back(i);
    }
  for (SharedBuild& build : builds)
    if (build.recipe.layout != 0)
      build.arm_names += " in text layout " + std::to_string(build.recipe.layout);
  return builds;
}

awaitable<void> heard(Interrupt& interrupt) {
  Bell bell(co_await asio::this_coro::executor);
  const Interrupt::Subscription hears(interrupt, bell);
  while (!interrupt.raised()) co_await bell.wait_until(SteadyTime::max());
}

/// What came of a piece of work. Failures are kept in it: `||` waits for a success, so an exception
/// would leave it waiting for an interrupt that never comes.
template <typename T>
struct Done {
  std::optional<T> value;
  std::exception_ptr failure;
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
};

/// The arm's kernel. Not a bare BuildResult: `||` would flatten that variant into its own.
awaitable<Done<PreparedArm>> with_kernel(KernelBuilder& builder, KernelRecipe recipe,
                                         std::function<void(const BuildProgress&)> progress) {
  Done<PreparedArm> done;
  try {
    // Step by step: GCC 12 copies an aggregate that is made around an await bitwise.
    PreparedArm arm;
    arm.kernel = co_await builder.build(std::move(recipe), std::move(progress));
    done.value = std::move(arm);
  } catch (...) {
    done.failure = std::current_exception();
  }
  co_return done;
}

awaitable<Done<DebianDisk>> with_disk(CommandRunner& commands, DebianRecipe recipe, fs::path cache,
                                      std::function<void(const std::string&)> say) {
  Done<DebianDisk> done;
  try {
    done.value =
        co_await debian_disk(commands, std::move(recipe), std::move(cache), std::move(say));
  } catch (...) {
    done.failure = std::current_exception();
  }
  co_return done;
}

}  // namespace

namespace {

/// The disk, or nothing after an interrupt.
awaitable<std::optional<DebianDisk>> debian_disk_or_interrupt(ArmServices services) {
  using asio::experimental::awaitable_operators::operator||;
  DebianRecipe recipe =
      read_debian_recipe(services.folders.debian / "recipe", services.folders.mirror);
  std::function<void(const std::string&)> say = [&](const std::string& text) {
    services.progress.say(text);
  };
  auto made = co_await (
      with_disk(services.commands, std::move(recipe), services.folders.cache, std::move(say)) ||
      heard(services.interrupt));
  std::optional<DebianDisk> disk;
  if (made.index() == 0) disk = std::get<0>(made).take();
  co_return disk;
}

/// The image for this kernel, with `disk` as its root if there is one.
void add_image(PreparedArm& arm, const RunFolders& folders, const Experiment& experiment,
               const std::optional<DebianDisk>& disk) {
  const auto* kernel = std::get_if<KernelArtifact>(&arm.kernel);
  if (kernel == nullptr) return;
  // Only what is used: a guest unpacks all of it as it boots, and what it does not hold cannot
  // change its hash.
  GuestParts parts{folders.guest_parts, kernel->modules, {}};
  for (const WorkloadUse& use : experiment.workloads) parts.workloads.insert(use.workload);
  ImageRecord& record = arm.image_record;
  if (!disk) {
    arm.image = build_image(minimal_image(folders.busybox, parts), folders.cache);
    record.hash = arm.image->hash;
    record.name = "minimal";
    return;
  }
  arm.image = build_image(debian_initramfs(parts), folders.cache);
  arm.image->hash = Sha256().add("debian").add(arm.image->hash).add(disk->hash).finish();
  arm.image->disk = disk->path;
  arm.image->in_use.push_back(disk->in_use);
  record.hash = arm.image->hash;
  record.name = "debian";
  record.disk_hash = disk->hash;
  for (const ImagePackage& package : disk->packages)
    record.packages.push_back({package.name, package.version, package.architecture});
}

/// The symbols that a kernel's .config switches on; nothing if it brought none (image: sources).
std::optional<std::set<std::string>> enabled_symbols(const KernelArtifact& kernel) {
  if (kernel.config.empty()) return std::nullopt;
  std::set<std::string> enabled;
  std::ifstream config(kernel.config);
  std::string line;
  while (std::getline(config, line)) {
    const auto equals = line.find('=');
    if (line.rfind("CONFIG_", 0) == 0 && equals != std::string::npos && line[equals + 1] != 'n')
      enabled.insert(line.substr(7, equals - 7));
  }
  return enabled;
}

}  // namespace

awaitable<PreparedArms> prepare_arms(ArmServices services, const Experiment& experiment,
                                     const Catalogue& catalogue,
                                     std::vector<std::vector<std::uint32_t>> layouts) {
  using asio::experimental::awaitable_operators::operator||;
  PreparedArms prepared(experiment.arms.size());
  std::optional<DebianDisk> disk;
  if (image_of(experiment, catalogue) == "debian") {
    disk = co_await debian_disk_or_interrupt(services);
    if (!disk) co_return PreparedArms{};
  }
  for (const SharedBuild& build : shared_builds(experiment, catalogue, layouts)) {
    const std::function<void(const BuildProgress&)> show = [&](const BuildProgress& progress) {
      services.progress.building(build.arm_names, progress);
    };
    auto built =
        co_await (with_kernel(services.builder, build.recipe, show) || heard(services.interrupt));
    if (built.index() == 1) co_return PreparedArms{};
    PreparedArm arm = std::get<0>(built).take();
    services.progress.built(build.arm_names, arm.kernel);
    add_image(arm, services.folders, experiment, disk);
    for (const std::size_t index : build.arms) prepared[index][build.recipe.layout] = arm;
  }
  co_return prepared;
}

std::vector<std::string> missing_symbols(const KernelArtifact& kernel, const Experiment& experiment,
                                         const Catalogue& catalogue) {
  std::vector<std::string> missing;
  const auto enabled = enabled_symbols(kernel);
  if (!enabled) return missing;
  for (const WorkloadUse& use : experiment.workloads)
    for (const std::string& symbol : catalogue.workloads.at(use.workload).needs)
      if (!enabled->contains(symbol))
        missing.push_back("workload " + use.workload + " needs CONFIG_" + symbol);
  const std::string image = image_of(experiment, catalogue);
  for (const std::string& symbol : symbols_of_image(image))
    if (!enabled->contains(symbol))
      missing.push_back("the image " + image + " needs CONFIG_" + symbol);
  return missing;
}

std::vector<std::string> collectors_without_source(const KernelArtifact& kernel,
                                                   const Experiment& experiment) {
  std::vector<std::string> missing;
  const auto enabled = enabled_symbols(kernel);
  if (!enabled) return missing;
  for (const CollectorDefinition& collector : collectors())
    if (std::count(experiment.collect.begin(), experiment.collect.end(), collector.name) > 0 &&
        !collector.symbol.empty() && !enabled->contains(collector.symbol))
      missing.push_back("collector " + collector.name + " will find nothing: " + collector.what +
                        " needs CONFIG_" + collector.symbol);
  return missing;
}

awaitable<ChosenAccelerator> choose_accelerator(Hypervisor& hypervisor, const Clock& clock,
                                                RunFolders folders, Accelerator wanted,
                                                const PreparedArm& arm) {
  if (wanted == Accelerator::tcg || wanted == Accelerator::icount)
    co_return ChosenAccelerator{wanted, "the experiment asks for it"};
  const KernelArtifact& kernel = std::get<KernelArtifact>(arm.kernel);
  Topology tiny;
  tiny.name = "probe";
  tiny.nodes.push_back({.cpus = 1, .memory = Bytes{256} << 20, .host_node = std::nullopt});
  tiny.distances = {{10}};
  const Deadlines deadlines = deadlines_for(Accelerator::kvm);
  GuestImage image = *arm.image;
  image.disk.clear();  // to say hello the initramfs is enough
  const BootOrder order =
      prepare_empty_boot("probe", tiny, Accelerator::kvm, kernel, image, deadlines);
  const fs::path initramfs = folders.scratch / "probe.cpio";
  write_boot_initramfs(order.image, guest::to_json(order.sheet), initramfs);
  ProbeGuest guest;
  guest.kernel = boot_file(kernel);
  guest.initramfs = initramfs;
  guest.cmdline = order.cmdline;
  guest.kernel_key = kernel.key;
  const AcceleratorAnswer answer = co_await kvm_answer(
      hypervisor, std::move(guest), folders.cache / "accelerator.json", deadlines, clock);
  std::error_code ignored;
  fs::remove(initramfs, ignored);
  if (answer.usable) co_return ChosenAccelerator{Accelerator::kvm, "a probe guest ran on KVM"};
  if (wanted == Accelerator::kvm)
    throw Error(ErrorKind::host, "choosing the accelerator",
                "the experiment asks for KVM, but " + answer.reason,
                "write 'accel: auto' or 'accel: tcg', or see 'faultline doctor'");
  co_return ChosenAccelerator{Accelerator::tcg, answer.reason};
}

}  // namespace faultline
