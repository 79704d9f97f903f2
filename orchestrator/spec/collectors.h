// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "spec/catalogue.h"
#include "spec/experiment.h"

namespace faultline {

/// Something of the kernel that an experiment can have read along (`collect:`). How it is read is
/// the agent's business (guest-images/agent).
struct CollectorDefinition {
  std::string name;
  std::string what;    ///< Where it comes from, for people.
  bool perturbs;       ///< It works while the program runs, and changes what is measured.
  bool debian;         ///< It needs a program of the Debian image.
  std::string symbol;  ///< Kernel config symbol without which its source is missing; "": none.
};

/// All of them, in the order of docs/experiment.md.
const std::vector<CollectorDefinition>& collectors();
std::vector<std::string> collector_names();

/// The experiment's collectors that perturb, or (false) those that do not, in its order.
std::vector<std::string> chosen_collectors(const Experiment& experiment, bool perturbing);

/// The guest image of all boots of the experiment, "minimal" or "debian": arms must not differ by
/// it, so one workload or collector that needs the larger one decides for all.
std::string image_of(const Experiment& experiment, const Catalogue& catalogue);

/// Kernel config symbols that a guest of this image cannot do without.
const std::vector<std::string>& symbols_of_image(const std::string& image);

}  // namespace faultline
