// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/compile_log.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "base/text.h"
#include "kernel/host_command.h"

namespace faultline {
namespace {

constexpr std::size_t most_errors = 3;
constexpr std::size_t most_context = 8;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// A diagnostic of the compiler, the linker, modpost or Kconfig, but not make's echo of it.
bool is_error_line(std::string_view line) {
  if (line.starts_with("make")) return contains(line, "No rule to make target");
  return contains(line, ": error: ") || contains(line, ": fatal error: ") ||
         line.starts_with("ERROR: modpost:") || contains(line, ": undefined reference to ") ||
         contains(line, ": multiple definition of ") || contains(line, "Error: ") ||
         contains(line, ": error:");
}

/// gcc's source excerpt below a diagnostic: "  341 |   code", "      |   ^".
bool is_excerpt_line(std::string_view line) {
  const auto bar = line.find('|');
  if (bar == std::string_view::npos) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(bar),
                     [](unsigned char c) { return std::isspace(c) || std::isdigit(c); });
}

/// The last word before `end`, if the line ends so.
std::string word_before(std::string_view line, std::string_view end) {
  if (!line.ends_with(end)) return {};
  line.remove_suffix(end.size());
  return std::string(line.substr(line.rfind(' ') + 1));
}

std::string without_tree(std::string_view line, const std::string& tree) {
  std::string text(line);
  for (std::size_t at; (at = text.find(tree)) != std::string::npos;) text.erase(at, tree.size());
  return text;
}

}  // namespace

bool is_step_line(std::string_view line) {
  if (!line.starts_with("  ") || line.size() < 5) return false;
  line.remove_prefix(2);
  std::size_t letters = 0;
  while (letters < line.size() &&
         (std::isupper(static_cast<unsigned char>(line[letters])) ||
          std::isdigit(static_cast<unsigned char>(line[letters])) || line[letters] == '_'))
    ++letters;
  return letters >= 2 && letters < line.size() && line[letters] == ' ' &&
         line.find_first_not_of(' ', letters) != std::string_view::npos;
}

CompileErrors summarize_errors(std::string_view output, const std::filesystem::path& tree) {
  const std::string prefix = tree.string() + "/";
  const auto lines = lines_of(output);
  CompileErrors errors;
  std::size_t found = 0;
  for (std::size_t i = 0; i < lines.size() && found < most_errors; ++i) {
    if (!is_error_line(lines[i])) continue;
    if (++found == 1) errors.title = without_tree(lines[i], prefix);
    // "In function ..." says where, if it is the line above.
    if (i > 0 && contains(lines[i - 1], ": In function "))
      errors.detail += without_tree(lines[i - 1], prefix) + "\n";
    errors.detail += without_tree(lines[i], prefix) + "\n";
    for (std::size_t context = 0; context < most_context && i + 1 < lines.size(); ++context) {
      if (is_error_line(lines[i + 1]) ||
          (!is_excerpt_line(lines[i + 1]) && !contains(lines[i + 1], ": note: ")))
        break;
      errors.detail += without_tree(lines[++i], prefix) + "\n";
    }
  }
  if (found == 0) {
    errors.detail = without_tree(last_lines(output, 20), prefix) + "\n";
    errors.title = "make failed";
    for (const std::string_view line : lines)
      if (line.starts_with("make") && contains(line, "***")) {
        errors.title = without_tree(line, prefix);
        break;
      }
  }
  errors.title = printable(errors.title, 300);
  errors.detail = printable(errors.detail, 16'000);
  return errors;
}

std::string missing_tool(std::string_view output) {
  static constexpr std::array<std::string_view, 5> host_headers{
      "gelf.h", "libelf.h", "openssl/opensslv.h", "openssl/bio.h", "openssl/err.h"};
  for (const std::string_view line : lines_of(output)) {
    // Of dash, bash ("bash: line 1: lz4c: command not found") and make itself, which runs simple
    // commands without a shell ("make[2]: lz4c: No such file or directory").
    const bool of_shell = contains(line, "sh: ");
    const std::string name =
        of_shell && line.ends_with(": not found") ? word_before(line, ": not found")
        : of_shell                                ? word_before(line, ": command not found")
        : line.starts_with("make")                ? word_before(line, ": No such file or directory")
                                                  : std::string();
    if (!name.empty() && name.find('/') == std::string::npos) return name;
    for (const std::string_view header : host_headers)
      if (contains(line, ": fatal error: " + std::string(header) + ": No such file"))
        return std::string(header);
  }
  return {};
}

}  // namespace faultline
