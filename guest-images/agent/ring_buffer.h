// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace faultline::agent {

/// One record of the kernel's trace buffer.
struct TraceRecord {
  std::uint64_t time = 0;   ///< In nanoseconds, by the clock of the trace.
  std::string_view fields;  ///< As events/…/format describes them, the common ones first.
};

/// Goes through one page of per_cpu/cpuN/trace_pipe_raw (kernel/trace/ring_buffer.c; the layout is
/// in events/header_page and events/header_event) on a 64-bit little-endian machine. Returns false
/// if the page does not hold together; what was found before that has been told.
bool read_trace_page(std::string_view page, const std::function<void(const TraceRecord&)>& tell);

/// An unsigned little-endian number of `size` bytes (at most 8) in a record's fields; 0 if it is
/// not inside of them.
std::uint64_t field_at(std::string_view fields, std::size_t offset, std::size_t size);

/// The offset of a field in an event's format file, and the event's number; -1: not there.
int field_offset(std::string_view format, std::string_view field);
int event_number(std::string_view format);

}  // namespace faultline::agent
