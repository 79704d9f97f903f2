// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "spec/parse_experiment.h"
#include "spec/test_catalogue.h"

// Thousands of damaged files, always the same ones. Nothing may crash, throw, or give an experiment
// together with an error; run under ASan and UBSan this is where bad reads show.

namespace faultline {
namespace {

/// Pieces that mean something to YAML or to the grammar.
const std::vector<std::string> pieces{
    "[",     "]",   "{",   "}",   ":",          ": ",     "- ",      "\n",       "  ",       "\"",
    "'",     "#",   "&a ", "*a",  "!!str ",     "|",      ">-",      "---\n",    "...\n",    "? ",
    ",",     "%",   "\\",  "\t",  "null",       "~",      "true",    "-1",       "0",        "010",
    "1e999", "64M", "2%",  "30s", "<<: *a",     "like:",  "name",    "9999999",  "\xc3\xa9", "\xff",
    "\\e",   "[]",  "{}",  "''",  "a: &a [*a]", "[[10]]", "params:", "kernels:", "use: walk"};

void mutate(std::string& text, Random& random) {
  const std::size_t at = random.below(text.size() + 1);
  const std::size_t length = std::min<std::size_t>(random.below(40), text.size() - at);
  switch (random.below(5)) {
    case 0:
      text.insert(at, pieces[random.below(pieces.size())]);
      break;
    case 1:
      text.erase(at, length);
      break;
    case 2:
      text.replace(at, std::min<std::size_t>(length, 3), pieces[random.below(pieces.size())]);
      break;
    case 3:  // move a stretch of the file elsewhere
      text.insert(random.below(text.size() + 1), text.substr(at, length));
      break;
    default:
      if (at < text.size()) text[at] = static_cast<char>(random.below(256));
      break;
  }
}

TEST(Robustness, NoDamagedExperimentGetsPastTheParserUnreported) {
  const Catalogue catalogue = test::catalogue();
  const std::vector<std::string> originals{test::full_experiment, test::edited(0, "")};
  Random random(20100117);
  std::size_t accepted = 0;
  std::set<std::string> messages;
  for (int i = 0; i < 3000; ++i) {
    std::string text = originals[random.below(originals.size())];
    const std::uint64_t mutations = 1 + random.below(4);
    for (std::uint64_t m = 0; m < mutations; ++m) mutate(text, random);
    const ParsedExperiment parsed = parse_experiment(text, "x.yaml", catalogue);
    ASSERT_EQ(parsed.experiment.has_value(), !has_errors(parsed.diagnostics)) << text;
    accepted += parsed.experiment.has_value();
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
      ASSERT_FALSE(diagnostic.message.empty()) << text;
      ASSERT_GE(diagnostic.position.line, 0) << text;
      messages.insert(diagnostic.message);
    }
  }
  // Were this the same refusal again and again, it would prove nothing.
  EXPECT_GT(accepted, 20u);
  EXPECT_GT(messages.size(), 300u);
}

TEST(Robustness, NoDamagedDefinitionGetsPastTheParserUnreported) {
  Random random(19770401);
  for (int i = 0; i < 1000; ++i) {
    std::string workload = test::walk_yaml;
    std::string series = test::shared_yaml;
    const std::uint64_t mutations = 1 + random.below(4);
    for (std::uint64_t m = 0; m < mutations; ++m) {
      mutate(workload, random);
      mutate(series, random);
    }
    std::vector<Diagnostic> diagnostics;
    const bool read = parse_workload(workload, "w", "/root/walk", diagnostics).has_value();
    ASSERT_EQ(read, !has_errors(diagnostics)) << workload;
    diagnostics.clear();
    const bool patched =
        parse_series(series, "s", "/root/anon-vma-shared", diagnostics).has_value();
    ASSERT_EQ(patched, !has_errors(diagnostics)) << series;
  }
}

}  // namespace
}  // namespace faultline
