// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/console_frames.h"

#include <charconv>
#include <utility>

#include "guest/crc32.h"

namespace faultline::guest {
namespace {

constexpr std::string_view mark = "@fl1 ";

std::string hex8(std::uint32_t value) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text(8, '0');
  for (int i = 7; i >= 0; --i, value >>= 4) text[static_cast<std::size_t>(i)] = digits[value & 15];
  return text;
}

// Takes a number and the blank (or end) behind it off the front.
template <typename T>
std::optional<T> take_number(std::string_view& text, int base) {
  T value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || stop == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (!text.empty()) {
    if (text.front() != ' ') return std::nullopt;
    text.remove_prefix(1);
  }
  return value;
}

}  // namespace

std::string console_frame(std::uint64_t seq, std::string_view json_line) {
  std::string frame(mark);
  frame += std::to_string(seq) + ' ' + hex8(crc32(json_line)) + ' ';
  frame += json_line;
  frame += '\n';
  return frame;
}

std::string console_end_frame(std::uint64_t count, std::uint32_t crc_of_all) {
  return std::string(mark) + "end " + std::to_string(count) + ' ' + hex8(crc_of_all) + '\n';
}

std::optional<StreamItem> ConsoleEventReader::problem(std::string text) {
  if (++problems_ > EventReader::max_problems) return std::nullopt;
  return StreamProblem{std::move(text)};
}

std::optional<StreamItem> ConsoleEventReader::end_frame(std::string_view rest) {
  const auto count = take_number<std::uint64_t>(rest, 10);
  const auto crc = take_number<std::uint32_t>(rest, 16);
  if (!count || !crc || !rest.empty()) return problem("the closing frame is damaged");
  if (*count != count_)
    return problem("the guest sent " + std::to_string(*count) + " events, " +
                   std::to_string(count_) + " arrived");
  if (*crc != crc_of_all_) return problem("the checksum over all events does not match");
  complete_ = true;
  return std::nullopt;
}

std::optional<StreamItem> ConsoleEventReader::frame(std::string_view line) {
  // A kernel message may stand before the frame, and even hold the mark itself: take the first
  // place where a frame proves itself.
  bool marked = false;
  for (auto at = line.find(mark); at != line.npos; at = line.find(mark, at + 1)) {
    marked = true;
    std::string_view rest = line.substr(at + mark.size());
    if (rest.substr(0, 4) == "end ") {
      begun_ = true;
      return end_frame(rest.substr(4));
    }
    const auto seq = take_number<std::uint64_t>(rest, 10);
    const auto crc = take_number<std::uint32_t>(rest, 16);
    if (!seq || !crc || crc32(rest) != *crc) continue;
    begun_ = true;
    ++count_;
    crc_of_all_ = crc32("\n", crc32(rest, crc_of_all_));
    events_.feed(rest);
    events_.feed("\n");
    return events_.next();
  }
  if (marked) return problem("a damaged frame: " + quoted_excerpt(line));
  return std::nullopt;
}

std::optional<StreamItem> ConsoleEventReader::next() {
  if (auto item = events_.next()) return item;  // the event behind a gap
  while (auto line = lines_.next()) {
    if (line->too_long) continue;  // no frame is this long
    if (auto item = frame(line->text)) return item;
  }
  return std::nullopt;
}

}  // namespace faultline::guest
