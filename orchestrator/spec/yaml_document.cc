// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace faultline {

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return entry.value.get();
  return nullptr;
}

namespace {

/// Stops the parser from inside an event: the document is not read any further.
struct Refused {
  YamlMark mark;
  std::string message;
  std::string hint;
};

YamlMark mark_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

/// Builds the tree from yaml-cpp's events, which come in document order and are checked against
/// the limits one by one: nothing grows before it was counted.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(DiagnosticList& diagnostics) : diagnostics_(diagnostics) {}

  YamlNodePtr root() { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_)
      throw Refused{mark_of(mark), "a second YAML document begins here",
                    "write one document a file, without '---' between"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_as_key(mark_of(mark));
    auto node = std::make_shared<YamlNode>();
    // yaml-cpp gives the place of whatever comes next; the key is what the user looks for.
    node->mark = in_map() ? stack_.back().key_mark : mark_of(mark);
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_as_key(mark_of(mark));
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw Refused{mark_of(mark), "an alias stands inside the value that it repeats", ""};
    attach(found->second, mark_of(mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark_of(mark), tag);
    auto node = std::make_shared<YamlNode>();
    node->kind = YamlNode::Kind::scalar;
    node->mark = mark_of(mark);
    node->quoted = tag == "!";  // yaml-cpp: "?" for a plain scalar, "!" for one in quotes
    node->scalar = value;
    node->byte_count = value.size();
    if (in_map() && !stack_.back().has_key) {
      count(1, value.size(), node->mark);
      if (anchor) anchors_[anchor] = node;
      take_key(node->mark, value);
    } else {
      finish(std::move(node), anchor);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    bool duplicate_key = false;
    std::string key;
    YamlMark key_mark;
    std::map<std::string, int> key_lines;
  };

  bool in_map() const { return !stack_.empty() && stack_.back().node->kind == YamlNode::Kind::map; }

  void refuse_as_key(YamlMark mark) const {
    if (in_map() && !stack_.back().has_key)
      throw Refused{mark, "a key must be plain text", "quote it if it is meant as text"};
  }

  static void refuse_tag(YamlMark mark, const std::string& tag) {
    if (tag != "?" && tag != "!" && !tag.empty())
      throw Refused{mark, "YAML tags such as " + in_quotes(tag) + " are not used here",
                    "put text in quotes"};
  }

  void take_key(YamlMark mark, const std::string& key) {
    Frame& frame = stack_.back();
    const auto [first, fresh] = frame.key_lines.emplace(key, mark.line);
    if (!fresh)
      diagnostics_.error(mark, "key " + in_quotes(key) + " is given twice",
                         "the first is on line " + std::to_string(first->second));
    frame.has_key = true;
    frame.duplicate_key = !fresh;
    frame.key = key;
    frame.key_mark = mark;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    refuse_as_key(mark_of(mark));
    refuse_tag(mark_of(mark), tag);
    check_depth(static_cast<int>(stack_.size()) + 1, mark_of(mark));
    Frame frame;
    frame.node = std::make_shared<YamlNode>();
    frame.node->kind = kind;
    frame.node->mark = mark_of(mark);
    frame.anchor = anchor;
    stack_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    // Its values were counted one by one as they came.
    count(1, 0, frame.node->mark);
    if (frame.anchor) anchors_[frame.anchor] = frame.node;
    put(std::move(frame.node));
  }

  /// A value without parts: counted, remembered under its anchor, put into the tree.
  void finish(std::shared_ptr<YamlNode> node, YAML::anchor_t anchor) {
    if (anchor) anchors_[anchor] = node;
    const YamlMark mark = node->mark;
    attach(std::move(node), mark);
  }

  void attach(YamlNodePtr node, YamlMark mark) {
    check_depth(static_cast<int>(stack_.size()) + node->height, mark);
    count(node->value_count, node->byte_count, mark);
    put(std::move(node));
  }

  void put(YamlNodePtr node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = stack_.back();
    YamlNode& parent = *frame.node;
    parent.value_count += node->value_count;
    parent.byte_count += node->byte_count;
    parent.height = std::max(parent.height, node->height + 1);
    if (parent.kind == YamlNode::Kind::list) {
      parent.items.push_back(std::move(node));
      return;
    }
    parent.value_count += 1;
    parent.byte_count += frame.key.size();
    if (!frame.duplicate_key)
      parent.entries.push_back({std::move(frame.key), frame.key_mark, std::move(node)});
    frame.has_key = false;
  }

  static void check_depth(int depth, YamlMark mark) {
    if (depth > YamlLimits::depth)
      throw Refused{mark, "nested deeper than " + std::to_string(YamlLimits::depth) + " levels",
                    ""};
  }

  void count(std::size_t values, std::size_t bytes, YamlMark mark) {
    values_ += values;
    bytes_ += bytes;
    if (values_ > YamlLimits::values)
      throw Refused{mark,
                    "more than " + std::to_string(YamlLimits::values) +
                        " values, counting what aliases repeat",
                    ""};
    if (bytes_ > YamlLimits::expanded_bytes)
      throw Refused{mark,
                    "more than " + std::to_string(YamlLimits::expanded_bytes >> 20) +
                        " MiB of text, counting what aliases repeat",
                    ""};
  }

  DiagnosticList& diagnostics_;
  YamlNodePtr root_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, YamlNodePtr> anchors_;
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
};

/// Length of the UTF-8 sequence at `at`, or 0 if there is none (RFC 3629: no overlong forms, no
/// surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;
    if (lead == 0xed && byte(1) > 0x9f) return 0;
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xf0 && byte(1) < 0x90) return 0;
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

/// The first byte that YAML text may not hold, as an error. yaml-cpp lets such bytes through.
std::optional<Refused> find_bad_byte(const std::string& text) {
  YamlMark mark{1, 1};
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_length(text, at);
    const bool control =
        byte == 0x7f || (byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r');
    if (length == 0 || control) {
      char shown[8];
      std::snprintf(shown, sizeof shown, "0x%02x", byte);
      if (control)
        return Refused{mark, std::string("the control character ") + shown + " is not allowed", ""};
      return Refused{mark, std::string("byte ") + shown + " is not UTF-8", "save it as UTF-8"};
    }
    if (byte == '\n') {
      ++mark.line;
      mark.column = 1;
    } else {
      mark.column += static_cast<int>(length);
    }
    at += length;
  }
  return std::nullopt;
}

}  // namespace

YamlNodePtr parse_yaml(const std::string& text, DiagnosticList& diagnostics) {
  if (text.size() > YamlLimits::text_bytes) {
    diagnostics.error(
        {}, "the file has " + std::to_string(text.size()) + " bytes, more than 1 MiB is not read");
    return nullptr;
  }
  if (auto bad = find_bad_byte(text)) {
    diagnostics.error(bad->mark, bad->message, bad->hint);
    return nullptr;
  }
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    TreeBuilder builder(diagnostics);
    while (parser.HandleNextDocument(builder)) {
    }
    if (!builder.root()) diagnostics.error({}, "the file is empty");
    return builder.root();
  } catch (const Refused& refused) {
    diagnostics.error(refused.mark, refused.message, refused.hint);
  } catch (const YAML::Exception& exception) {
    diagnostics.error(mark_of(exception.mark), "not YAML: " + exception.msg);
  }
  return nullptr;
}

}  // namespace faultline
