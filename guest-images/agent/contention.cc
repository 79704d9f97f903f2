// SPDX-License-Identifier: GPL-2.0-or-later
#include "contention.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <optional>

#include "small_files.h"

namespace faultline::agent {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::uint64_t no_frame = ~std::uint64_t{0};

// include/trace/events/lock.h
constexpr std::uint32_t flag_spin = 1, flag_read = 2, flag_write = 4, flag_rt = 8, flag_percpu = 16,
                        flag_mutex = 32;

std::uint64_t memory_kib() {
  const std::string text = read_small_file("/proc/meminfo", 256).value_or("");
  std::string_view line = text;
  take_word(line);
  const std::string_view number = take_word(line);
  std::uint64_t kib = 0;
  std::from_chars(number.data(), number.data() + number.size(), kib);
  return kib;
}

std::vector<std::string> processors(const std::string& instance) {
  return list_folder(instance + "/per_cpu");
}

// "overrun: 3" and "dropped events: 4" of per_cpu/cpuN/stats.
double lost_events(std::string_view stats) {
  double lost = 0;
  std::string_view line;
  while (take_line(stats, line)) {
    if (line.rfind("overrun:", 0) != 0 && line.rfind("dropped events:", 0) != 0) continue;
    const std::string_view number = trimmed(line.substr(line.rfind(':') + 1));
    std::uint64_t count = 0;
    std::from_chars(number.data(), number.data() + number.size(), count);
    lost += static_cast<double>(count);
  }
  return lost;
}

// Functions that belong to a lock and not to who wants it. Most lie in sections of their own, which
// the linker marks; these are the others.
bool belongs_to_a_lock(std::string_view function) {
  static constexpr std::string_view beginnings[] = {
      "trace_event_", "__traceiter_", "queued_",       "native_queued_",
      "__pv_queued_", "pv_queued_",   "__raw_callee",  "_raw_",
      "do_raw_",      "__raw_",       "rwsem_",        "__rwsem_",
      "down_",        "__down_",      "up_",           "__up_",
      "mutex_",       "__mutex_",     "percpu_",       "__percpu_",
      "rt_mutex",     "__rt_mutex",   "rt_spin_",      "osq_",
      "lock_",        "__lock_",      "event_trigger", "stacktrace_trigger",
      "__trace_stack"};
  for (const std::string_view beginning : beginnings)
    if (function.rfind(beginning, 0) == 0) return true;
  return function.empty() || function == "down" || function == "up";
}

class Callers {
 public:
  explicit Callers(const KernelSymbols& symbols) : symbols_(symbols) {
    for (const char* section : {"lock", "sched"}) {
      const std::string name = std::string("__") + section + "_text_";
      sections_.emplace_back(symbols.address(name + "start"), symbols.address(name + "end"));
    }
  }
  std::string_view of(const std::vector<std::uint64_t>& frames) const {
    for (const std::uint64_t frame : frames) {
      const bool inside = std::any_of(sections_.begin(), sections_.end(), [&](const auto& section) {
        return frame >= section.first && frame < section.second;
      });
      // A return address may be the first byte of the next function.
      const std::string_view function = symbols_.name(frame - 1);
      if (!inside && !belongs_to_a_lock(function)) return function;
    }
    return "?";
  }

 private:
  const KernelSymbols& symbols_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> sections_;
};

struct Sum {
  double count = 0;
  double wait = 0;
  double most = 0;
};

}  // namespace

std::string lock_kind(std::uint32_t flags) {
  if (flags & flag_mutex) return "mutex";
  const std::string mode = flags & flag_read ? " read" : flags & flag_write ? " write" : "";
  if (flags & flag_percpu) return "percpu-rwsem" + mode;
  if (flags & flag_rt) return (mode.empty() ? "rtmutex" : "rt-rwlock") + mode;
  if (flags & flag_spin) return (mode.empty() ? "spinlock" : "rwlock") + mode;
  return (mode.empty() ? "semaphore" : "rwsem") + mode;
}

bool ContentionFormat::complete() const {
  return begin >= 0 && end >= 0 && stack >= 0 && lock_of_begin >= 0 && flags_of_begin >= 0 &&
         lock_of_end >= 0 && frames >= 0;
}

void ContentionSums::add(unsigned cpu, const TraceRecord& record) {
  const int number = static_cast<int>(field_at(record.fields, 0, 2));
  const auto task = static_cast<std::uint32_t>(field_at(record.fields, 4, 4));
  const auto at = [](int offset) { return static_cast<std::size_t>(offset); };
  if (number == format_.begin) {
    last_begin_[cpu] = events_.size();
    events_.push_back(
        {record.time,
         field_at(record.fields, at(format_.lock_of_begin), 8),
         task,
         static_cast<std::uint32_t>(field_at(record.fields, at(format_.flags_of_begin), 4)),
         true,
         {}});
  } else if (number == format_.end) {
    events_.push_back(
        {record.time, field_at(record.fields, at(format_.lock_of_end), 8), task, 0, false, {}});
  } else if (number == format_.stack) {
    const auto begin = last_begin_.find(cpu);
    if (begin == last_begin_.end() || events_[begin->second].task != task) return;
    std::vector<std::uint64_t>& frames = events_[begin->second].frames;
    if (!frames.empty()) return;
    for (std::size_t offset = at(format_.frames); offset + 8 <= record.fields.size(); offset += 8) {
      const std::uint64_t frame = field_at(record.fields, offset, 8);
      if (frame == 0 || frame == no_frame) break;
      frames.push_back(frame);
    }
  }
}

std::map<std::string, double> ContentionSums::values(const KernelSymbols& symbols) const {
  std::vector<const Event*> sorted;
  sorted.reserve(events_.size());
  for (const Event& event : events_) sorted.push_back(&event);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Event* a, const Event* b) { return a->time < b->time; });
  const Callers callers(symbols);
  std::map<std::pair<std::uint32_t, std::uint64_t>, const Event*> waiting;
  std::map<std::string, Sum> sums;
  for (const Event* event : sorted) {
    const std::pair key(event->task, event->lock);
    if (event->begins) {
      waiting.try_emplace(key, event);  // a mutex begins again when it stops spinning
      continue;
    }
    const auto begin = waiting.find(key);
    if (begin == waiting.end()) continue;  // it began before we did
    const Event& began = *begin->second;
    // Where only text has names, a lock in data would seem to be in whatever precedes it.
    const std::string_view lock = symbols.exact_name(began.lock);
    std::string name = lock_kind(began.flags);
    if (!lock.empty()) name += ' ' + std::string(lock);
    name += " in " + std::string(callers.of(began.frames));
    Sum& sum = sums[name];
    const auto waited = static_cast<double>(event->time - began.time);
    sum.count += 1;
    sum.wait += waited;
    sum.most = std::max(sum.most, waited);
    waiting.erase(begin);
  }
  std::map<std::string, double> values;
  for (const auto& [name, sum] : sums) {
    values[name + ".count"] = sum.count;
    values[name + ".wait_ns"] = sum.wait;
    values[name + ".max_ns"] = sum.most;
  }
  return values;
}

Contention::~Contention() {
  if (made_) ::rmdir(instance().c_str());
}

std::string Contention::prepare(std::vector<std::string>&) {
  const std::string events = tracefs_ + "/events/";
  const auto begin = read_small_file(events + "lock/contention_begin/format");
  const auto end = read_small_file(events + "lock/contention_end/format");
  if (!begin || !end) return "this kernel has no tracepoints " + events + "lock/contention_*";
  const std::string stack = read_small_file(events + "ftrace/kernel_stack/format").value_or("");
  format_ = {event_number(*begin),          event_number(*end),
             event_number(stack),           field_offset(*begin, "lock_addr"),
             field_offset(*begin, "flags"), field_offset(*end, "lock_addr"),
             field_offset(stack, "caller")};
  if (!format_.complete()) return "its tracepoints have other fields in this kernel";
  if (::mkdir(instance().c_str(), 0755) != 0 && errno != EEXIST)
    return instance() + ": " + std::strerror(errno);
  made_ = true;
  // At most a hundredth of the memory: what it takes away from the program perturbs as well.
  const std::size_t cpus = std::max<std::size_t>(processors(instance()).size(), 1);
  const std::uint64_t kib = std::clamp<std::uint64_t>(memory_kib() / 100 / cpus, 64, 8192);
  write_small_file(instance() + "/tracing_on", "0");
  // Waits that sleep end on other processors than they begin on: their clocks must agree.
  write_small_file(instance() + "/trace_clock", "mono");
  write_small_file(instance() + "/options/overwrite", "0");
  write_small_file(instance() + "/buffer_size_kb", std::to_string(kib));
  return "";
}

void Contention::enable(bool on) {
  const std::string lock = instance() + "/events/lock/";
  if (!on) write_small_file(instance() + "/tracing_on", "0");
  write_small_file(lock + "contention_begin/trigger", on ? "stacktrace" : "!stacktrace");
  for (const char* event : {"contention_begin", "contention_end"})
    write_small_file(lock + event + "/enable", on ? "1" : "0");
  if (on) write_small_file(instance() + "/tracing_on", "1");
}

void Contention::start() {
  const int fd = ::open((instance() + "/trace").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (fd >= 0) ::close(fd);  // empties the buffers
  enable(true);
}

std::map<std::string, double> Contention::stop() {
  enable(false);
  ContentionSums sums(format_);
  double lost = 0;
  for (const std::string& processor : processors(instance())) {
    const std::string folder = instance() + "/per_cpu/" + processor;
    unsigned cpu = 0;
    std::from_chars(processor.data() + 3, processor.data() + processor.size(), cpu);
    lost += lost_events(read_small_file(folder + "/stats").value_or(""));
    const int fd = ::open((folder + "/trace_pipe_raw").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) continue;
    char page[page_bytes];
    for (ssize_t got = 0; (got = ::read(fd, page, sizeof page)) > 0;)
      read_trace_page({page, static_cast<std::size_t>(got)},
                      [&](const TraceRecord& record) { sums.add(cpu, record); });
    ::close(fd);
  }
  const std::string kallsyms =
      read_small_file("/proc/kallsyms", std::size_t{32} << 20).value_or("");
  std::map<std::string, double> values = sums.values(KernelSymbols(kallsyms));
  values["lost"] = lost;
  return values;
}

}  // namespace faultline::agent
