// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/function_alignment.h"

#include <algorithm>
#include <set>
#include <string>

namespace faultline {
namespace {

std::set<std::string> kernels_of(const Results& results, std::uint32_t arm) {
  std::set<std::string> keys;
  for (const ResultBoot& boot : results.boots)
    if (boot.arm == arm && !boot.kernel_key.empty()) keys.insert(boot.kernel_key);
  return keys;
}

/// True if every one of them is known to align its functions.
bool all_aligned(const Results& results, const std::set<std::string>& keys) {
  return std::all_of(keys.begin(), keys.end(), [&](const std::string& key) {
    const auto kernel = std::find_if(results.kernels.begin(), results.kernels.end(),
                                     [&](const KernelRecord& record) { return record.key == key; });
    return kernel != results.kernels.end() &&
           ("\n" + kernel->config_text).find("\nCONFIG_DEBUG_FORCE_FUNCTION_ALIGN_64B=y\n") !=
               std::string::npos;
  });
}

}  // namespace

std::vector<std::uint32_t> arms_without_alignment(const Results& results, std::uint32_t arm,
                                                  std::uint32_t baseline) {
  const std::set<std::string> own = kernels_of(results, arm);
  const std::set<std::string> base = kernels_of(results, baseline);
  std::vector<std::uint32_t> lacking;
  if (own.empty() || base.empty()) return lacking;
  const bool one_build = std::any_of(own.begin(), own.end(),
                                     [&](const std::string& key) { return base.contains(key); });
  if (one_build) return lacking;
  if (!all_aligned(results, base)) lacking.push_back(baseline);
  if (!all_aligned(results, own)) lacking.push_back(arm);
  return lacking;
}

}  // namespace faultline
