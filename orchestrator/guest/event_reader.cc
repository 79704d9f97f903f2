// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/event_reader.h"

#include <stdexcept>
#include <utility>

namespace faultline::guest {

SequenceCheck::Verdict SequenceCheck::check(std::uint64_t seq) {
  if (seq < expected_) return Verdict::repeated;
  const bool gap = seq != expected_;
  expected_ = seq + 1;
  return gap ? Verdict::gap : Verdict::in_order;
}

std::string quoted_excerpt(std::string_view bytes) {
  constexpr std::size_t most = 120;
  constexpr char digits[] = "0123456789abcdef";
  std::string text = "'";
  for (const char c : bytes.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += "\\x";
      text += digits[byte >> 4];
      text += digits[byte & 15];
    }
  }
  text += bytes.size() > most ? "'..." : "'";
  return text;
}

std::optional<StreamItem> EventReader::problem(std::string text) {
  ++problems_;
  if (problems_ > max_problems) return std::nullopt;
  if (problems_ == max_problems) text += " (further problems are only counted)";
  return StreamProblem{std::move(text)};
}

std::optional<StreamItem> EventReader::accept(Event event) {
  const std::uint64_t expected = sequence_.expected();
  // Beyond any stream that can be real; also keeps the next expected number from wrapping.
  if (event.seq > UINT64_MAX / 2)
    return problem("event " + std::to_string(event.seq) + " has an impossible number");
  switch (sequence_.check(event.seq)) {
    case SequenceCheck::Verdict::in_order:
      return event;
    case SequenceCheck::Verdict::repeated:
      return problem("event " + std::to_string(event.seq) + " came again or out of order");
    case SequenceCheck::Verdict::gap:
      break;
  }
  const std::uint64_t last = event.seq - 1;
  auto item = problem(expected == last ? "event " + std::to_string(last) + " is missing"
                                       : "events " + std::to_string(expected) + " to " +
                                             std::to_string(last) + " are missing");
  if (!item) return event;
  after_gap_ = std::move(event);
  return item;
}

std::optional<StreamItem> EventReader::next() {
  if (after_gap_) return *std::exchange(after_gap_, std::nullopt);
  while (auto line = lines_.next()) {
    std::optional<StreamItem> item;
    if (line->too_long) {
      item = problem("a line of more than " + std::to_string(max_event_line) +
                     " bytes: " + quoted_excerpt(line->text));
    } else if (!line->text.empty()) {
      try {
        item = accept(event_from_json_line(line->text));
      } catch (const std::runtime_error& error) {
        item = problem(quoted_excerpt(line->text) + " is no event: " + error.what());
      }
    }
    if (item) return item;
  }
  return std::nullopt;
}

std::optional<StreamItem> EventReader::finish() {
  const auto line = lines_.rest();
  if (!line) return std::nullopt;
  return problem("the stream ends inside a line: " + quoted_excerpt(line->text));
}

}  // namespace faultline::guest
