// SPDX-License-Identifier: GPL-2.0-or-later
#include "ring_buffer.h"

#include <charconv>
#include <cstring>

#include "small_files.h"

namespace faultline::agent {
namespace {

// What the five bits of an event's header that are no length mean.
constexpr unsigned length_follows = 0;
constexpr unsigned padding = 29;
constexpr unsigned time_extend = 30;
constexpr unsigned time_stamp = 31;

constexpr std::size_t page_header = 16;  // time stamp, bytes that follow
constexpr std::uint64_t length_mask = (std::uint64_t{1} << 20) - 1;  // above: flags of lost events

int number_behind(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == text.npos) return -1;
  text.remove_prefix(at + key.size());
  int number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::uint64_t field_at(std::string_view fields, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  if (size > sizeof value || offset > fields.size() || size > fields.size() - offset) return 0;
  std::memcpy(&value, fields.data() + offset, size);
  return value;
}

bool read_trace_page(std::string_view page, const std::function<void(const TraceRecord&)>& tell) {
  if (page.size() < page_header) return false;
  std::uint64_t time = field_at(page, 0, 8);
  const std::uint64_t bytes = field_at(page, 8, 8) & length_mask;
  page.remove_prefix(page_header);
  if (bytes > page.size()) return false;
  page = page.substr(0, bytes);
  while (page.size() >= 4) {
    const auto head = static_cast<std::uint32_t>(field_at(page, 0, 4));
    const unsigned kind = head & 31U;
    const std::uint64_t delta = head >> 5;
    page.remove_prefix(4);
    std::size_t length = kind * std::size_t{4};
    if (kind == time_extend || kind == time_stamp) {
      if (page.size() < 4) return false;
      const std::uint64_t wide = (field_at(page, 0, 4) << 27) + delta;
      // A full time stamp lacks its five highest bits, which change once in 500 years of
      // nanoseconds.
      time = kind == time_extend ? time + wide : (time & (std::uint64_t{31} << 59)) | wide;
      page.remove_prefix(4);
      continue;
    }
    if (kind == padding) {
      if (delta == 0) return true;  // the rest of the page is empty
      if (page.size() < 4) return false;
      length = field_at(page, 0, 4);
      if (length > page.size()) return false;
      time += delta;
      page.remove_prefix(length);
      continue;
    }
    if (kind == length_follows) {
      if (page.size() < 4) return false;
      length = field_at(page, 0, 4);  // counts itself
      if (length < 4 || length > page.size()) return false;
      time += delta;
      tell({time, page.substr(4, length - 4)});
    } else {
      if (length > page.size()) return false;
      time += delta;
      tell({time, page.substr(0, length)});
    }
    page.remove_prefix(std::min((length + 3) & ~std::size_t{3}, page.size()));
  }
  return page.empty();
}

int field_offset(std::string_view format, std::string_view field) {
  std::string_view line;
  while (take_line(format, line)) {
    const auto end = line.find(';');
    if (line.find("field:") == line.npos || end == line.npos) continue;
    std::string_view declared = line.substr(0, end);
    const auto bracket = declared.find('[');
    if (bracket != declared.npos) declared = declared.substr(0, bracket);
    const auto blank = declared.rfind(' ');
    if (blank == declared.npos || declared.substr(blank + 1) != field) continue;
    return number_behind(line, "offset:");
  }
  return -1;
}

int event_number(std::string_view format) {
  return number_behind(format, "ID: ");
}

}  // namespace faultline::agent
