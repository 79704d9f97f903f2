// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/kernel_identity.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_fragment = std::size_t{1} << 20;

/// Part of every key: raised when the way of building changes so that old artifacts differ.
constexpr std::string_view method = "faultline-kernel-1";
/// The same for the way of laying out the text.
constexpr std::string_view layout_method = "faultline-layout-1";

void add_wishes(ConfigRequest& request, const std::string& text, const std::string& from) {
  const auto mistakes = add_fragment(request, text, from);
  if (mistakes.empty()) return;
  throw Error(
      ErrorKind::user_input, "reading config " + from,
      mistakes.front() +
          (mistakes.size() > 1 ? " (and " + std::to_string(mistakes.size() - 1) + " more)" : ""),
      "lines are CONFIG_NAME=value or '# CONFIG_NAME is not set'");
}

std::string short_hash(const std::string& hash) {
  const auto colon = hash.find(':');
  return hash.substr(colon == std::string::npos ? 0 : colon + 1, 12);
}

std::string layout_name(std::uint32_t layout) {
  return layout == 0 ? "the order of the link" : std::to_string(layout);
}

std::string names_of(const std::vector<KernelManifest::SeriesRecord>& series) {
  std::string names;
  for (const auto& one : series) names += (names.empty() ? "" : ", ") + one.name;
  return names.empty() ? "none" : names;
}

std::size_t equal_patches(const KernelManifest::SeriesRecord& a,
                          const KernelManifest::SeriesRecord& b) {
  std::size_t equal = 0;
  for (const auto& patch : a.patches)
    equal += static_cast<std::size_t>(
        std::any_of(b.patches.begin(), b.patches.end(),
                    [&](const auto& other) { return other.second == patch.second; }));
  return equal;
}

const KernelManifest::SeriesRecord* named(const std::vector<KernelManifest::SeriesRecord>& series,
                                          const std::string& name) {
  for (const auto& one : series)
    if (one.name == name) return &one;
  return nullptr;
}

void compare_series(const KernelManifest& wanted, const KernelManifest& known,
                    std::vector<std::string>& reasons) {
  const std::size_t before = reasons.size();
  for (const auto& one : wanted.series) {
    const auto* other = named(known.series, one.name);
    if (other == nullptr) {
      reasons.push_back("series " + one.name + " added");
    } else if (other->hash != one.hash) {
      const std::size_t equal = equal_patches(one, *other);
      std::string what = "series " + one.name + " changed (" + std::to_string(equal) + " of " +
                         std::to_string(one.patches.size()) +
                         (one.patches.size() == 1 ? " patch equal)" : " patches equal)");
      if (equal == one.patches.size() && equal == other->patches.size())
        what = "series " + one.name +
               (one.config == other->config ? ": order of its patches changed"
                                            : ": its configuration lines changed");
      reasons.push_back(what);
    }
  }
  for (const auto& one : known.series)
    if (named(wanted.series, one.name) == nullptr)
      reasons.push_back("series " + one.name + " removed");
  if (reasons.size() == before && wanted.series != known.series)
    reasons.push_back("order of the series changed: " + names_of(known.series) + " → " +
                      names_of(wanted.series));
}

void compare_request(const KernelManifest& wanted, const KernelManifest& known,
                     std::vector<std::string>& reasons) {
  constexpr std::size_t most = 12;
  std::size_t count = 0;
  const auto say = [&](const std::string& sentence) {
    if (++count <= most) reasons.push_back(sentence);
  };
  for (const auto& [symbol, wish] : wanted.request) {
    const auto other = known.request.find(symbol);
    if (other == known.request.end())
      say("config " + wish.from + ": CONFIG_" + symbol + "=" + wish.value + " added");
    else if (other->second.value != wish.value)
      say("config " + wish.from + ": CONFIG_" + symbol + " " + other->second.value + " → " +
          wish.value);
  }
  for (const auto& [symbol, wish] : known.request)
    if (!wanted.request.contains(symbol))
      say("config " + wish.from + ": CONFIG_" + symbol + "=" + wish.value + " removed");
  if (count > most)
    reasons.push_back("config: " + std::to_string(count - most) + " more symbols changed");
}

}  // namespace

asio::awaitable<KernelIdentity> identify_kernel(CommandRunner& commands, const CacheLayout& layout,
                                                KernelRecipe recipe) {
  KernelIdentity identity;
  for (const SeriesDefinition& definition : recipe.series)
    identity.series.push_back(read_series(definition));
  for (const fs::path& fragment : recipe.config_fragments) {
    std::string text;
    try {
      text = read_file(fragment, largest_fragment);
    } catch (const Error& error) {
      throw Error(ErrorKind::user_input, "reading config fragment " + fragment.string(),
                  error.cause(), "correct 'config'");
    }
    add_wishes(identity.request, text, "fragment " + fragment.stem().string());
  }
  for (const Series& series : identity.series)
    add_wishes(identity.request, series.config, "series " + series.name);

  identity.compiler = co_await find_compiler(commands, layout.memo());
  identity.source = co_await resolve_source(commands, layout, recipe.source);

  Sha256 key;
  key.add(method).add(identity.source.hash);
  for (const Series& series : identity.series) key.add(series.hash);
  key.add(config_lines(identity.request)).add(identity.compiler.identity);
  identity.objects_key = key.finish();
  identity.layout = recipe.layout;
  identity.key = recipe.layout == 0 ? identity.objects_key
                                    : Sha256()
                                          .add(layout_method)
                                          .add(identity.objects_key)
                                          .add(std::to_string(recipe.layout))
                                          .finish();
  co_return identity;
}

KernelManifest manifest_of(const KernelIdentity& identity) {
  KernelManifest manifest;
  manifest.key = identity.key;
  manifest.source = identity.source.text;
  manifest.source_id = identity.source.id;
  manifest.source_hash = identity.source.hash;
  for (const Series& series : identity.series) manifest.series.push_back(record_of(series));
  manifest.request = identity.request;
  manifest.compiler = identity.compiler.text;
  manifest.compiler_identity = identity.compiler.identity;
  manifest.layout = identity.layout;
  return manifest;
}

std::vector<std::string> differences(const KernelManifest& wanted, const KernelManifest& known) {
  std::vector<std::string> reasons;
  if (wanted.source_hash != known.source_hash)
    reasons.push_back(wanted.source == known.source
                          ? "source " + wanted.source + " changed (" +
                                short_hash(known.source_hash) + " → " +
                                short_hash(wanted.source_hash) + ")"
                          : "source changed: " + known.source + " → " + wanted.source);
  compare_series(wanted, known, reasons);
  compare_request(wanted, known, reasons);
  if (wanted.compiler_identity != known.compiler_identity)
    reasons.push_back("compiler changed: " + known.compiler + " → " + wanted.compiler);
  if (wanted.layout != known.layout)
    reasons.push_back("text layout changed: " + layout_name(known.layout) + " → " +
                      layout_name(wanted.layout));
  return reasons;
}

const KernelManifest* nearest_manifest(const KernelManifest& wanted,
                                       const std::vector<KernelManifest>& known) {
  const KernelManifest* nearest = nullptr;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const KernelManifest& one : known) {
    if (one.source_id.empty()) continue;  // an image: was not built here
    std::size_t distance = 0;
    if (one.source_hash != wanted.source_hash) distance += one.source == wanted.source ? 50 : 1000;
    if (one.compiler_identity != wanted.compiler_identity) distance += 500;
    if (one.layout != wanted.layout) ++distance;
    for (const auto& series : wanted.series) {
      const auto* other = named(one.series, series.name);
      distance += other == nullptr ? 20
                                   : 5 * (std::max(series.patches.size(), other->patches.size()) -
                                          equal_patches(series, *other));
    }
    for (const auto& series : one.series)
      if (named(wanted.series, series.name) == nullptr) distance += 20;
    for (const auto& [symbol, wish] : wanted.request) {
      const auto other = one.request.find(symbol);
      distance +=
          static_cast<std::size_t>(other == one.request.end() || other->second.value != wish.value);
    }
    for (const auto& [symbol, wish] : one.request)
      distance += static_cast<std::size_t>(!wanted.request.contains(symbol));
    if (distance < least ||
        (distance == least && nearest != nullptr && one.built_at > nearest->built_at)) {
      least = distance;
      nearest = &one;
    }
  }
  return nearest;
}

}  // namespace faultline
