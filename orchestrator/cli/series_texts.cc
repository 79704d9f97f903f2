// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/series_texts.h"

#include <algorithm>

#include "base/error.h"
#include "kernel/series_patch.h"
#include "spec/catalogue.h"

namespace faultline {
namespace {

SeriesText text_of(const Catalogue& catalogue, const std::string& name, const std::string& hash) {
  SeriesText text;
  const auto known = catalogue.series.find(name);
  if (known == catalogue.series.end()) {
    text.problem = "not in kernel-patches/";
    return text;
  }
  try {
    const Series series = read_series(known->second);
    if (series.hash != hash) {
      text.problem = "changed in kernel-patches/ since the kernel was built";
      return text;
    }
    text.summary = known->second.summary;
    text.thread = known->second.thread;
    for (const Patch& patch : series.patches) text.patches.push_back({patch.name, patch.text});
  } catch (const Error& error) {
    text.problem = error.what();
  }
  return text;
}

}  // namespace

void add_series_texts(const std::filesystem::path& root, std::vector<KernelRecord>& kernels) {
  if (std::all_of(kernels.begin(), kernels.end(),
                  [](const KernelRecord& kernel) { return kernel.series.empty(); }))
    return;
  std::vector<Diagnostic> mistakes;  // A report is no place to complain about other files.
  const Catalogue catalogue = Catalogue::load(root, mistakes);
  for (KernelRecord& kernel : kernels) {
    kernel.series_texts.clear();
    for (std::size_t i = 0; i < kernel.series.size(); ++i)
      kernel.series_texts.push_back(
          text_of(catalogue, kernel.series[i],
                  i < kernel.series_hashes.size() ? kernel.series_hashes[i] : std::string()));
  }
}

}  // namespace faultline
