// SPDX-License-Identifier: GPL-2.0-or-later
#include "observer.h"

#include "contention.h"
#include "function_profile.h"
#include "perf_profile.h"

namespace faultline::agent {

std::unique_ptr<Observer> make_observer(const std::string& name,
                                        const std::vector<std::string>& functions) {
  if (name == "contention") return std::make_unique<Contention>();
  if (name == "functions") return std::make_unique<FunctionProfile>(functions);
  if (name == "perf") return std::make_unique<PerfProfile>();
  return nullptr;
}

}  // namespace faultline::agent
