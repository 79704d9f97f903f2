// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/account.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace faultline {
namespace {

constexpr std::size_t max_problems = 10;

/// The words of one line, taken from its front.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view word() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return found;
  }
  template <typename Number>
  Number number(int base = 10) {
    const std::string_view text = word();
    Number value{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    good_ = good_ && !text.empty() && error == std::errc{} && stop == text.data() + text.size();
    return value;
  }
  bool more() const { return !rest_.empty(); }
  /// All numbers were numbers and nothing is left.
  bool good() const { return good_ && rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

class AccountReader {
 public:
  Account read(std::string_view text) {
    if (!text.starts_with("faultline-profile 1\n")) {
      problem("the instrument wrote nothing that can be read");
      return std::move(account_);
    }
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) break;  // cut off in the middle
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(end + 1);
      if (number > 1 && !take(line))
        problem("line " + std::to_string(number) + " of the instrument makes no sense");
    }
    if (section_) problem("the guest ended in the middle of " + name(*section_));
    return std::move(account_);
  }

 private:
  static std::string name(const Account::Section& section) {
    return "step " + std::to_string(section.step) + ", iteration " +
           std::to_string(section.iteration + 1);
  }
  void problem(std::string text) {
    if (account_.problems.size() < max_problems) account_.problems.push_back(std::move(text));
  }
  bool known(std::uint32_t place) const { return place < account_.places.size(); }

  bool take(std::string_view line) {
    Words words(line);
    const std::string_view what = words.word();
    if (what == "place") return place(words);
    if (what == "error") {
      problem("the instrument says: " + std::string(words.rest()));
      return true;
    }
    if (what == "begin") {
      section_.emplace();
      section_->step = words.number<std::uint32_t>();
      section_->iteration = words.number<std::uint32_t>();
      return words.good();
    }
    if (!section_) return false;
    if (what == "i") {
      const auto place = words.number<std::uint32_t>();
      const auto cpu = words.number<std::uint32_t>();
      section_->instructions.push_back({place, cpu, words.number<std::uint64_t>()});
      return words.good() && known(place);
    }
    if (what == "e") {
      const auto place = words.number<std::uint32_t>();
      section_->entries.push_back({place, words.number<std::uint64_t>()});
      return words.good() && known(place);
    }
    if (what == "a") return access(words);
    if (what == "s") return stack(words);
    if (what == "end") return end(words);
    return false;
  }

  bool place(Words& words) {
    Account::Place place;
    const auto id = words.number<std::uint32_t>();
    const std::string_view kind = words.word();
    if (kind == "kernel") {
      place.kind = Account::Place::Kind::kernel;
      place.function = words.number<std::uint64_t>();
    } else if (kind == "user") {
      place.kind = Account::Place::Kind::user;
      place.page = words.number<std::uint64_t>(16);
      place.pc = words.number<std::uint64_t>(16);
    } else if (kind == "code") {
      place.pc = words.number<std::uint64_t>(16);
    } else {
      return false;
    }
    // Numbers count all that was ever translated; only what ran in a section is introduced.
    constexpr std::uint32_t most = 1U << 24;
    if (!words.good() || id >= most) return false;
    if (id >= account_.places.size()) account_.places.resize(id + 1);
    account_.places[id] = place;
    return true;
  }

  bool access(Words& words) {
    Account::Access access;
    access.place = words.number<std::uint32_t>();
    access.traffic.cpu_node = words.number<std::uint32_t>();
    access.traffic.memory_node = words.number<std::int32_t>();
    access.traffic.loads = words.number<std::uint64_t>();
    access.traffic.stores = words.number<std::uint64_t>();
    access.traffic.load_misses = words.number<std::uint64_t>();
    access.traffic.store_misses = words.number<std::uint64_t>();
    section_->accesses.push_back(access);
    return words.good() && known(access.place);
  }

  bool stack(Words& words) {
    Account::Stack stack;
    stack.count = words.number<std::uint64_t>();
    bool all_known = true;
    while (words.more()) {
      stack.path.push_back(words.number<std::uint32_t>());
      all_known = all_known && known(stack.path.back());
    }
    const bool good = words.good() && all_known && !stack.path.empty();
    if (good) section_->stacks.push_back(std::move(stack));
    return good;
  }

  bool end(Words& words) {
    const auto step = words.number<std::uint32_t>();
    const auto iteration = words.number<std::uint32_t>();
    section_->total = words.number<std::uint64_t>();
    if (!words.good() || step != section_->step || iteration != section_->iteration) return false;
    std::erase_if(section_->instructions, [&](const auto& row) { return !known(row.place); });
    std::erase_if(section_->entries, [&](const auto& row) { return !known(row.place); });
    std::erase_if(section_->accesses, [&](const auto& row) { return !known(row.place); });
    account_.sections.push_back(std::move(*section_));
    section_.reset();
    return true;
  }

  Account account_;
  std::optional<Account::Section> section_;
};

}  // namespace

Account read_account(std::string_view text) {
  return AccountReader().read(text);
}

}  // namespace faultline
