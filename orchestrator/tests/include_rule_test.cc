// SPDX-License-Identifier: GPL-2.0-or-later
// The dependency rule of ARCHITECTURE.md, held against every #include line of the tree.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace faultline {
namespace {

namespace fs = std::filesystem;

/// Which modules a module's files may include, besides itself.
const std::map<std::string, std::set<std::string>> allowed{
    {"base", {}},
    {"spec", {"base"}},
    {"plan", {"base", "spec"}},
    {"outcome", {"base"}},
    {"async", {"base"}},
    {"guest", {"base"}},
    {"kernel", {"base", "async", "spec"}},
    {"image", {"base", "async"}},
    {"bundle", {"base", "outcome"}},
    {"virt", {"base", "async", "spec", "guest"}},
    {"store", {"base", "outcome"}},
    {"reports", {"base", "outcome"}},
    {"run",
     {"base", "spec", "plan", "outcome", "async", "guest", "kernel", "image", "virt", "store",
      "reports"}},
    {"agent", {"guest"}},
    {"cli",
     {"base", "spec", "plan", "outcome", "async", "guest", "kernel", "image", "virt", "store",
      "bundle", "reports", "run"}},
};

struct Include {
  fs::path file;
  int line;
  std::string header;
};

/// Every #include of a module's own code; tests and testing aids may reach further.
std::vector<Include> includes_of(const fs::path& folder) {
  static const std::regex include(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"])re");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path& file = entry.path();
    const std::string name = file.filename();
    if (file.extension() != ".cc" && file.extension() != ".h") continue;
    if (name.ends_with("_test.cc") || name.rfind("fake_", 0) == 0 || name.ends_with("_fixture.h"))
      continue;
    if (file.string().find("/testing/") != std::string::npos ||
        file.string().find("/node_modules/") != std::string::npos)
      continue;
    std::ifstream in(file);
    std::string text;
    for (int line = 1; std::getline(in, text); ++line) {
      std::smatch match;
      if (std::regex_search(text, match, include)) found.push_back({file, line, match[1]});
    }
  }
  return found;
}

fs::path folder_of(const std::string& module) {
  const fs::path root = FAULTLINE_SOURCE_DIR;
  if (module == "reports") return root / "reports";
  if (module == "agent") return root / "guest-images" / "agent";
  return root / "orchestrator" / module;
}

TEST(IncludeRule, ModulesIncludeOnlyWhatTheArchitectureAllows) {
  std::size_t looked_at = 0;
  for (const auto& [module, others] : allowed) {
    for (const Include& include : includes_of(folder_of(module))) {
      ++looked_at;
      const std::string target = include.header.substr(0, include.header.find('/'));
      if (!allowed.contains(target) || target == module) continue;
      EXPECT_TRUE(others.contains(target)) << include.file.string() << ':' << include.line << ": "
                                           << module << " must not include " << include.header;
    }
  }
  EXPECT_GT(looked_at, 300u) << "the rule was hardly looked at: were the folders moved?";
}

TEST(IncludeRule, LibrariesStayInTheirCorner) {
  const std::vector<std::pair<std::regex, std::regex>> corners{
      {std::regex("^yaml-cpp/"), std::regex("/spec/yaml_document\\.cc$")},
      {std::regex("^libvirt/"), std::regex("/virt/libvirt_[a-z_]+\\.(cc|h)$")},
      {std::regex("^sqlite3\\.h$"), std::regex("/store/[a-z_0-9]+\\.(cc|h)$")},
      {std::regex("^archive"), std::regex("/(image|kernel|bundle)/[a-z_]+\\.cc$")},
      {std::regex("^boost/asio"),
       std::regex("/(async|image|kernel|virt|run|cli)/[a-z_]+\\.(cc|h)$")},
  };
  for (const auto& [module, others] : allowed)
    for (const Include& include : includes_of(folder_of(module)))
      for (const auto& [library, place] : corners)
        if (std::regex_search(include.header, library)) {
          EXPECT_TRUE(std::regex_search(include.file.string(), place))
              << include.file.string() << ':' << include.line << ": " << include.header
              << " does not belong here";
        }
}

}  // namespace
}  // namespace faultline
