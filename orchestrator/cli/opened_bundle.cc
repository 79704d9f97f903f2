// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/opened_bundle.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "bundle/bundle_lock.h"
#include "reports/report.h"
#include "store/store.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

}  // namespace

BundleLock lock_of(const Invocation& invocation, const Results& results) {
  BundleLock lock;
  lock.faultline_version = results.run.faultline_version;
  lock.experiment = results.run.experiment;
  lock.experiment_hash = results.run.experiment_hash;
  lock.run_id = results.run.run_id;
  lock.blocks = results.run.blocks;
  lock.accel = results.run.accel;
  lock.host = results.run.host;
  lock.kernels = results.kernels;
  Store store = Store::open(invocation.database, Store::Mode::read_only);
  std::set<std::string> images;
  std::set<std::uint32_t> arms;
  for (const ResultBoot& boot : results.boots)  // an arm has one image
    if (arms.insert(boot.arm).second) images.insert(store.boot(boot.boot_id).image_hash);
  images.erase("");
  lock.image_hashes.assign(images.begin(), images.end());
  return lock;
}

OpenedBundle open_bundle(Invocation& invocation, const fs::path& file) {
  const fs::path bundles = invocation.locations.state / "bundles";
  std::error_code error;
  fs::create_directories(bundles, error);
  if (error)
    throw Error(ErrorKind::host, "creating folder " + bundles.string(), error.message(),
                "choose another state folder with FAULTLINE_STATE");
  OpenedBundle opened;
  TemporaryDirectory aside(bundles);
  opened.lock = unpack_bundle(file, aside.path());
  opened.folder = bundles / sha256_hex_of_file(file).substr(0, 16);
  const fs::path agent = aside.path() / "guest/agent";
  fs::create_directories(agent.parent_path());
  fs::copy_file(invocation.locations.guest / "agent", agent, fs::copy_options::overwrite_existing,
                error);
  if (error)
    throw Error(ErrorKind::host, "taking the agent from " + invocation.locations.guest.string(),
                error.message(), "build it with scripts/build release");
  fs::remove_all(opened.folder);
  if (publish_directory(aside.path(), opened.folder)) aside.release();
  opened.experiment = opened.folder / "experiment.yaml";
  invocation.locations.root = opened.folder;
  invocation.locations.guest = opened.folder / "guest";
  return opened;
}

std::string compared_with_bundle(const OpenedBundle& bundle, const Invocation& invocation,
                                 const Results& here) {
  std::string text = "\nBeside the bundle's run\n";
  const auto lines = differences(bundle.lock, lock_of(invocation, here));
  for (const std::string& line : lines) text += "  differs: " + line + "\n";
  if (lines.empty()) text += "  the inputs and the host are the same\n";
  return text;
}

}  // namespace faultline
