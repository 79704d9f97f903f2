// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/html/html_writer.h"

#include <cassert>

#include "reports/format.h"

namespace faultline {

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : visible(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void HtmlWriter::start(const char* tag, Attributes attributes) {
  out_ += '<';
  out_ += tag;
  for (const auto& [name, value] : attributes) {
    // Of these an empty one says something else than none: data-sort that the text is no key.
    const std::string_view is(name);
    if (value.empty() && (is == "class" || is == "data-sort" || is == "title")) continue;
    out_ += ' ';
    out_ += name;
    if (!value.empty()) out_ += "=\"" + html_escape(value) + "\"";
  }
  out_ += '>';
}

HtmlWriter& HtmlWriter::open(const char* tag, Attributes attributes) {
  start(tag, attributes);
  open_.push_back(tag);
  return *this;
}

HtmlWriter& HtmlWriter::close() {
  assert(!open_.empty());
  out_ += "</";
  out_ += open_.back();
  out_ += ">\n";
  open_.pop_back();
  return *this;
}

HtmlWriter& HtmlWriter::text(std::string_view text) {
  out_ += html_escape(text);
  return *this;
}

HtmlWriter& HtmlWriter::element(const char* tag, std::string_view content, Attributes attributes) {
  start(tag, attributes);
  out_ += html_escape(content);
  out_ += "</";
  out_ += tag;
  out_ += '>';
  return *this;
}

HtmlWriter& HtmlWriter::empty(const char* tag, Attributes attributes) {
  start(tag, attributes);
  out_.insert(out_.size() - 1, "/");
  return *this;
}

HtmlWriter& HtmlWriter::trusted(std::string_view markup) {
  out_ += markup;
  return *this;
}

std::string HtmlWriter::take() {
  assert(open_.empty());
  return std::move(out_);
}

}  // namespace faultline
