// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "kernel/kconfig.h"

namespace faultline {
namespace {

constexpr int deepest = 200;  // parentheses; hostile input must not use up the stack

/// A cursor over an expression. Grammar: or := and {"||" and}; and := not {"&&" not};
/// not := "!" not | "(" or ")" | operand [relation operand].
class Evaluator {
 public:
  Evaluator(std::string_view text, const ConfigValues& values) : text_(text), values_(values) {}

  Tristate evaluate() {
    const Tristate value = parse_or(0);
    skip_blanks();
    return bad_ || at_ < text_.size() ? Tristate::y : value;
  }

 private:
  struct Operand {
    std::string text;
    bool unknown = false;  ///< A macro.
  };

  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }

  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Tristate parse_or(int depth) {
    Tristate value = parse_and(depth);
    while (take("||")) value = std::max(value, parse_and(depth));
    return value;
  }

  Tristate parse_and(int depth) {
    Tristate value = parse_not(depth);
    while (take("&&")) value = std::min(value, parse_not(depth));
    return value;
  }

  Tristate parse_not(int depth) {
    if (depth > deepest) {
      bad_ = true;
      return Tristate::y;
    }
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '!' && !text_.substr(at_).starts_with("!=")) {
      ++at_;
      const Tristate value = parse_not(depth + 1);
      if (macro_) return Tristate::y;
      return value == Tristate::y ? Tristate::n : value == Tristate::n ? Tristate::y : Tristate::m;
    }
    if (take("(")) {
      const Tristate value = parse_or(depth + 1);
      if (!take(")")) bad_ = true;
      return value;
    }
    return parse_relation();
  }

  Tristate parse_relation() {
    const Operand left = parse_operand();
    // "!=" before "=", "<=" before "<".
    for (const std::string_view relation : {"!=", "=", "<=", ">=", "<", ">"}) {
      if (!take(relation)) continue;
      const Operand right = parse_operand();
      if (left.unknown || right.unknown) return Tristate::y;
      return compare(left.text, relation, right.text) ? Tristate::y : Tristate::n;
    }
    macro_ = left.unknown;
    if (left.unknown || left.text == "y") return Tristate::y;
    return left.text == "m" ? Tristate::m : Tristate::n;
  }

  static bool compare(const std::string& left, std::string_view relation,
                      const std::string& right) {
    char *left_end = nullptr, *right_end = nullptr;
    const long long a = std::strtoll(left.c_str(), &left_end, 0);
    const long long b = std::strtoll(right.c_str(), &right_end, 0);
    const bool numbers = !left.empty() && !right.empty() && *left_end == '\0' && *right_end == '\0';
    const int order = numbers ? (a < b ? -1 : a > b ? 1 : 0) : left.compare(right);
    if (relation == "=") return order == 0;
    if (relation == "!=") return order != 0;
    if (relation == "<") return order < 0;
    if (relation == ">") return order > 0;
    return relation == "<=" ? order <= 0 : order >= 0;
  }

  Operand parse_operand() {
    skip_blanks();
    if (at_ >= text_.size()) {
      bad_ = true;
      return {};
    }
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
      const auto end = text_.find(c, at_ + 1);
      if (end == std::string_view::npos) bad_ = true;
      const std::string literal(text_.substr(
          at_ + 1, end == std::string_view::npos ? std::string_view::npos : end - at_ - 1));
      at_ = end == std::string_view::npos ? text_.size() : end + 1;
      return {literal, literal.find("$(") != std::string::npos};
    }
    if (c == '$') {
      int open = 0;
      while (at_ < text_.size()) {
        if (text_[at_] == '(') ++open;
        if (text_[at_++] == ')' && --open <= 0) break;
      }
      return {"", true};
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) ||
                                  text_[at_] == '_' || text_[at_] == '.' || text_[at_] == '-'))
      ++at_;
    const std::string word(text_.substr(begin, at_ - begin));
    if (word.empty()) bad_ = true;
    const bool literal =
        word == "y" || word == "m" || word == "n" ||
        (!word.empty() &&
         (std::isdigit(static_cast<unsigned char>(word[0])) != 0 || word[0] == '-') &&
         !values_.contains(word));
    if (literal) return {word};
    std::string value = config_value(values_, word);
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return {value};
  }

  std::string_view text_;
  const ConfigValues& values_;
  std::size_t at_ = 0;
  bool bad_ = false;
  bool macro_ = false;
};

}  // namespace

Tristate evaluate_kconfig(std::string_view expression, const ConfigValues& values) {
  if (expression.find_first_not_of(" \t") == std::string_view::npos) return Tristate::y;
  return Evaluator(expression, values).evaluate();
}

std::vector<std::string> kconfig_conjuncts(std::string_view expression) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  int open = 0;
  char quote = '\0';
  const auto add = [&](std::string_view part) {
    const auto first = part.find_first_not_of(" \t");
    if (first == std::string_view::npos) return;
    part = part.substr(first, part.find_last_not_of(" \t") - first + 1);
    parts.emplace_back(part);
  };
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(') {
      ++open;
    } else if (c == ')') {
      --open;
    } else if (open == 0 && expression.substr(i, 2) == "||") {
      return {std::string(expression)};  // a disjunction at the top cannot be taken apart
    } else if (open == 0 && expression.substr(i, 2) == "&&") {
      add(expression.substr(begin, i - begin));
      begin = i + 2;
      ++i;
    }
  }
  add(expression.substr(begin));
  return parts;
}

}  // namespace faultline
