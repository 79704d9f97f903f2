// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace faultline {

/// Writes indented XML with everything escaped (libxml2). Elements close in the order of their
/// scopes. Not thread-safe.
class XmlWriter {
 public:
  using Attributes = std::vector<std::pair<std::string, std::string>>;

  XmlWriter();
  ~XmlWriter();

  /// Ends the element when it goes out of scope.
  class Element {
   public:
    explicit Element(XmlWriter& writer) : writer_(writer) {}
    ~Element() { writer_.end(); }
    Element(const Element&) = delete;
    Element& operator=(const Element&) = delete;

   private:
    XmlWriter& writer_;
  };

  [[nodiscard]] Element element(const std::string& name, const Attributes& attributes = {});
  void empty(const std::string& name, const Attributes& attributes = {});
  /// An element with text. Characters that XML cannot hold are replaced by U+FFFD.
  void text(const std::string& name, std::string_view text, const Attributes& attributes = {});
  /// The whole document; once, after all elements have ended.
  std::string finish();

 private:
  void begin(const std::string& name, const Attributes& attributes);
  void end();
  struct Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace faultline
