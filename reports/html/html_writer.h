// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace faultline {

/// Writes HTML that cannot be broken by what it is given: all text and attribute values are made
/// visible (format.h) and escaped; tag and attribute names are literals of this program.
class HtmlWriter {
 public:
  using Attributes = std::initializer_list<std::pair<const char*, std::string_view>>;

  /// Opens an element; every open() needs its close(). An empty class, title or data-sort is left
  /// out; other attributes without a value stand alone.
  HtmlWriter& open(const char* tag, Attributes attributes = {});
  HtmlWriter& close();
  HtmlWriter& text(std::string_view text);
  /// An element with text in it.
  HtmlWriter& element(const char* tag, std::string_view text, Attributes attributes = {});
  /// An element without content or end tag (input, meta) or, inside SVG, an empty one.
  HtmlWriter& empty(const char* tag, Attributes attributes = {});
  /// Markup that this program made: the bundled script, the style sheet, escaped JSON.
  HtmlWriter& trusted(std::string_view markup);

  /// What was written. All elements are closed.
  std::string take();

 private:
  void start(const char* tag, Attributes attributes);

  std::string out_;
  std::vector<const char*> open_;
};

/// Escapes for text and for attribute values in double quotes.
std::string html_escape(std::string_view text);

}  // namespace faultline
