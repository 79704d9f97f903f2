// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/locations.h"

#include <charconv>
#include <cstdlib>

#include "base/error.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read before threads
  return value == nullptr ? "" : value;
}

fs::path home() {
  const std::string home = variable("HOME");
  if (home.empty())
    throw Error(ErrorKind::host, "looking for a home folder", "HOME is not set",
                "set HOME, or FAULTLINE_CACHE and FAULTLINE_STATE");
  return home;
}

/// `own` if set, else `xdg`/faultline, else HOME/`fallback`/faultline.
fs::path folder(const char* own, const char* xdg, const char* fallback) {
  if (const std::string set = variable(own); !set.empty()) return fs::absolute(set);
  if (const std::string set = variable(xdg); !set.empty()) return fs::path(set) / "faultline";
  return home() / fallback / "faultline";
}

}  // namespace

Locations Locations::of_this_process() {
  Locations locations;
  const std::string root = variable("FAULTLINE_ROOT");
  locations.root = root.empty() ? fs::path(FAULTLINE_SOURCE_DIR) : fs::absolute(root);
  locations.debian = locations.root / "guest-images" / "debian";
  const std::string guest = variable("FAULTLINE_GUEST");
  locations.guest = guest.empty() ? fs::path(FAULTLINE_GUEST_DIR) : fs::absolute(guest);
  locations.cache = folder("FAULTLINE_CACHE", "XDG_CACHE_HOME", ".cache");
  locations.state = folder("FAULTLINE_STATE", "XDG_STATE_HOME", ".local/state");
  const std::string busybox = variable("FAULTLINE_BUSYBOX");
  locations.busybox = busybox.empty() ? "/bin/busybox" : busybox;
  locations.mirror = variable("FAULTLINE_MIRROR");
  const std::string plugin = variable("FAULTLINE_PLUGIN");
  locations.plugin = plugin.empty() ? fs::path(FAULTLINE_PLUGIN_FILE) : fs::absolute(plugin);
  return locations;
}

double patience_of_this_process() {
  const std::string text = variable("FAULTLINE_DEADLINE_SCALE");
  if (text.empty()) return 1;
  double scale = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), scale);
  if (error != std::errc{} || end != text.data() + text.size() || !(scale >= 0.001) ||
      !(scale <= 1000))
    throw Error(ErrorKind::user_input, "reading FAULTLINE_DEADLINE_SCALE",
                "'" + text + "' is no number from 0.001 to 1000", "leave it unset");
  return scale;
}

}  // namespace faultline
