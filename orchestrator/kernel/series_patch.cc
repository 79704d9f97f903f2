// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/series_patch.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/text.h"
#include "kernel/host_command.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_patch = std::size_t{16} << 20;
constexpr std::size_t largest_file = std::size_t{64} << 20;
constexpr std::size_t most_patches = 1000;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Undoes git's quoting of unusual names ("a/caf\303\251.c"); other names end at a tab.
std::string unquoted(std::string_view name) {
  if (!name.starts_with('"')) {
    name = name.substr(0, name.find('\t'));
    while (!name.empty() && (name.back() == '\r' || name.back() == ' ')) name.remove_suffix(1);
    return std::string(name);
  }
  std::string plain;
  for (std::size_t i = 1; i < name.size() && name[i] != '"'; ++i) {
    if (name[i] != '\\' || i + 1 >= name.size()) {
      plain += name[i];
      continue;
    }
    const char c = name[++i];
    if (c >= '0' && c <= '3' && i + 2 < name.size()) {
      plain +=
          static_cast<char>(((c - '0') << 6) | ((name[i + 1] - '0') << 3) | (name[i + 2] - '0'));
      i += 2;
    } else {
      plain += c == 'n' ? '\n' : c == 't' ? '\t' : c;
    }
  }
  return plain;
}

/// "a/mm/rmap.c" without its first part, as `git apply -p1` reads it.
std::string without_prefix(const std::string& name) {
  const auto slash = name.find('/');
  return slash == std::string::npos ? std::string() : name.substr(slash + 1);
}

void copy_into(const fs::path& from, const fs::path& to) {
  make_folder(to.parent_path());
  std::error_code error;
  if (fs::is_symlink(fs::symlink_status(from, error)))
    fs::copy_symlink(from, to, error);
  else
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) throw_errno(ErrorKind::host, "copying " + from.string(), error.value());
}

/// A link that a patch made is harmless only if it stays inside the tree.
bool link_stays_inside(const fs::path& path, const fs::path& target) {
  if (target.is_absolute()) return false;
  const fs::path end = (path.parent_path() / target).lexically_normal();
  return end.empty() || *end.begin() != "..";
}

/// Adds what the scratch folder holds now, and what it no longer holds, to the overlay.
std::optional<ApplyFailure> collect(const fs::path& scratch, std::set<std::string> paths,
                                    const PristineFile& pristine, Overlay& overlay) {
  for (auto entry = fs::recursive_directory_iterator(scratch); entry != fs::end(entry); ++entry) {
    const fs::path relative = entry->path().lexically_relative(scratch);
    if (entry->is_symlink()) {
      if (!link_stays_inside(relative, fs::read_symlink(entry->path())))
        return ApplyFailure{
            "the series make a link " + relative.string() + " that would lead out of the tree",
            "A link of a patch may only lead to files of the source.\n"};
    } else if (!entry->is_regular_file()) {
      continue;
    }
    paths.insert(relative.string());
  }
  for (const std::string& path : paths) {
    const fs::path original = pristine(path);
    const FileVersion before = original.empty() ? FileVersion{} : version_of(original);
    const FileVersion after = version_of(scratch / path);
    if (before != after) overlay[path] = after;
  }
  return std::nullopt;
}

}  // namespace

Series read_series(const SeriesDefinition& definition) {
  const std::string doing = "reading series " + definition.name;
  Series series;
  series.name = definition.name;
  series.config = definition.config;
  series.applies_to = definition.applies_to;
  if (definition.patches.size() > most_patches)
    throw Error(ErrorKind::user_input, doing,
                "more than " + std::to_string(most_patches) + " patches");
  Sha256 hash;
  for (const std::string& name : definition.patches) {
    if (!is_safe_path(name))
      throw Error(ErrorKind::user_input, doing, "'" + name + "' is not a file of its folder");
    Patch patch;
    patch.name = name;
    try {
      patch.text = read_file(fs::path(definition.folder) / name, largest_patch);
    } catch (const Error& error) {
      throw Error(ErrorKind::user_input, doing, error.doing() + ": " + error.cause(),
                  "correct 'patches' in series.yaml");
    }
    patch.hash = sha256_hex(patch.text);
    hash.add(patch.text);
    series.patches.push_back(std::move(patch));
  }
  series.hash = hash.add("config").add(series.config).finish();
  return series;
}

bool is_safe_path(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.back() == '/' ||
      path.find('\0') != std::string_view::npos)
    return false;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    std::string lower(part);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower == ".git") return false;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return true;
}

std::vector<std::string> paths_of_patch(std::string_view patch) {
  std::set<std::string> paths;
  const auto add = [&](const std::string& path) {
    if (!path.empty() && path != "dev/null") paths.insert(path);
  };
  for (const std::string_view line : lines_of(patch)) {
    for (const std::string_view start : {"--- ", "+++ "})
      if (line.starts_with(start)) {
        const std::string name = unquoted(line.substr(start.size()));
        // An absolute name is kept whole, to be refused.
        if (name != "/dev/null") add(name.starts_with('/') ? name : without_prefix(name));
      }
    for (const std::string_view start : {"rename from ", "rename to ", "copy from ", "copy to "})
      if (line.starts_with(start)) add(unquoted(line.substr(start.size())));
    if (line.starts_with("diff --git ")) {
      // Needed for patches without --- and +++ lines: pure mode changes, empty files, binary ones.
      // Both names are equal there, so each splits the line in the middle.
      std::string_view names = line.substr(11);
      while (!names.empty() && names.back() == '\r') names.remove_suffix(1);
      if (names.starts_with('"')) {
        const auto end = names.find("\" ");
        if (end != std::string_view::npos) add(without_prefix(unquoted(names.substr(0, end + 1))));
      } else if (names.size() % 2 == 1 && names[names.size() / 2] == ' ') {
        add(without_prefix(std::string(names.substr(0, names.size() / 2))));
      }
    }
  }
  return {paths.begin(), paths.end()};
}

bool has_plain_parents(const fs::path& root, const fs::path& path) {
  fs::path at = root;
  for (const auto& part : path.parent_path()) {
    at /= part;
    std::error_code ignored;
    const auto type = fs::symlink_status(at, ignored).type();
    if (type == fs::file_type::not_found) return true;
    if (type != fs::file_type::directory) return false;
  }
  return true;
}

FileVersion version_of(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(file, error);
  if (status.type() == fs::file_type::not_found) return {};
  Sha256 hash;
  if (status.type() == fs::file_type::symlink) {
    hash.add("link").add(fs::read_symlink(file).string());
  } else {
    const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
    hash.add(executable ? "program" : "file").add(read_file(file, largest_file));
  }
  return {hash.finish()};
}

asio::awaitable<AppliedSeries> apply_series(CommandRunner& commands,
                                            const std::vector<Series>& series, fs::path scratch,
                                            PristineFile pristine) {
  AppliedSeries result;
  std::set<std::string> seen;
  for (const Series& one : series)
    for (const Patch& patch : one.patches) {
      for (const std::string& path : paths_of_patch(patch.text)) {
        // A removed line "-- ../x" looks like a header; git decides whether it is one. What is not
        // safe is never copied, and git refuses to create it.
        if (!is_safe_path(path) || !seen.insert(path).second) continue;
        const fs::path original = pristine(path);
        // An earlier patch may have made a file or link where this one would go: leave it alone.
        std::error_code ignored;
        if (!original.empty() && has_plain_parents(scratch, path) &&
            !fs::exists(fs::symlink_status(scratch / path, ignored)))
          copy_into(original, scratch / path);
      }
      Command command = git_command({"apply", "--whitespace=nowarn", "-p1", "-"},
                                    {"GIT_CEILING_DIRECTORIES=" + scratch.parent_path().string()});
      command.directory = scratch;
      command.standard_input = patch.text;
      command.deadline = BuildDeadlines{}.query;
      const std::string doing = "applying " + one.name + "/" + patch.name;
      CommandResult applied = co_await run_on_host(commands, command, doing);
      if (!applied.ok()) {
        // Once more, piece by piece, so that git names every hunk that does not fit; and backwards,
        // to see whether the source has this patch already.
        Command backwards = command;
        backwards.argv.insert(backwards.argv.end() - 1, "--reverse");
        backwards.argv.insert(backwards.argv.end() - 1, "--check");
        const bool there_already =
            (co_await run_on_host(commands, std::move(backwards), doing)).ok();
        const std::string first_errors = applied.standard_error;
        command.argv.insert(command.argv.end() - 1, "--reject");
        const CommandResult rejects = co_await run_on_host(commands, std::move(command), doing);
        const bool more = rejects.standard_error.find("patch failed: ") != std::string::npos;
        result.failure =
            describe_failure(one, patch, more ? rejects.standard_error : first_errors, scratch);
        if (there_already)
          result.failure->detail += "The source seems to have this patch already.\n";
        co_return result;
      }
    }
  if (!series.empty()) result.failure = collect(scratch, std::move(seen), pristine, result.overlay);
  co_return result;
}

namespace {

struct Hunk {
  std::string file;
  std::size_t old_line = 0;
  std::vector<std::string_view> lines;  ///< With the @@ line.
};

std::size_t number_at(std::string_view text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The hunk of `file` that starts at `line` of the old file.
std::optional<Hunk> find_hunk(std::string_view patch, const std::string& file, std::size_t line) {
  std::string current;
  const auto lines = lines_of(patch);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("+++ ") || lines[i].starts_with("--- ")) {
      const std::string name = without_prefix(unquoted(lines[i].substr(4)));
      if (!name.empty() && name != "null") current = name;
    }
    if (!lines[i].starts_with("@@ -") || current != file) continue;
    Hunk hunk{file, number_at(lines[i].substr(4)), {lines[i]}};
    if (hunk.old_line != line) continue;
    while (++i < lines.size() && !lines[i].empty() &&
           std::string_view(" +-\\").find(lines[i][0]) != std::string_view::npos &&
           !lines[i].starts_with("-- "))
      hunk.lines.push_back(lines[i]);
    return hunk;
  }
  return std::nullopt;
}

/// The lines of a file around `line`, with their numbers.
std::string lines_around(const fs::path& file, std::size_t line, std::size_t count) {
  std::string text;
  try {
    text = read_file(file, largest_file);
  } catch (const Error&) {
    return "    (no such file)\n";
  }
  const auto lines = lines_of(text);
  const std::size_t first = line > 3 ? line - 3 : 1;
  std::string shown;
  for (std::size_t i = first; i < first + count + 4 && i <= lines.size(); ++i)
    shown += "    " + std::to_string(i) + "\t" + std::string(lines[i - 1]) + "\n";
  return shown.empty() ? "    (the file ends before this line)\n" : shown;
}

}  // namespace

ApplyFailure describe_failure(const Series& series, const Patch& patch, const std::string& errors,
                              const fs::path& scratch) {
  constexpr std::size_t most_hunks = 5, most_lines = 40;
  ApplyFailure failure;
  failure.title = series.name + "/" + patch.name + " does not apply";
  std::size_t hunks = 0;
  for (const std::string_view line : lines_of(errors)) {
    constexpr std::string_view start = "error: patch failed: ";
    if (!line.starts_with(start)) continue;
    const std::string_view place = line.substr(start.size());
    const auto colon = place.rfind(':');
    if (colon == std::string_view::npos) continue;
    if (++hunks == 1) failure.title += " to " + std::string(place);
    if (hunks > most_hunks) continue;
    const std::string file(place.substr(0, colon));
    const std::size_t at = number_at(place.substr(colon + 1));
    failure.detail += "hunk at " + std::string(place) + ":\n";
    const auto hunk = find_hunk(patch.text, file, at);
    if (hunk)
      for (std::size_t i = 0; i < std::min(hunk->lines.size(), most_lines); ++i)
        failure.detail += "    " + std::string(hunk->lines[i]) + "\n";
    failure.detail += "  the source has there:\n";
    failure.detail +=
        lines_around(scratch / file, at, hunk ? std::min(hunk->lines.size(), most_lines) : 7);
  }
  if (hunks > most_hunks)
    failure.detail += "and " + std::to_string(hunks - most_hunks) + " more hunks\n";
  if (hunks == 0) {
    // Not about a hunk: a missing file, a path outside the tree, no patch at all.
    for (const std::string_view line : lines_of(errors))
      if (line.starts_with("error: ") || line.starts_with("fatal: ")) {
        if (failure.detail.empty()) failure.title += ": " + std::string(line.substr(7));
        failure.detail += std::string(line) + "\n";
      }
    if (failure.detail.empty()) failure.detail = last_lines(errors, 10) + "\n";
  }
  failure.title = printable(failure.title, 400);
  failure.detail = printable(failure.detail, 32'000);
  return failure;
}

}  // namespace faultline
