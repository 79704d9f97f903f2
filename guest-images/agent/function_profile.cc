// SPDX-License-Identifier: GPL-2.0-or-later
#include "function_profile.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "small_files.h"

namespace faultline::agent {
namespace {

constexpr std::size_t printed_letters = 30;

// "12.345" as a double; anything else is 0.
double decimal(std::string_view text) {
  long long whole = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error != std::errc{}) return 0;
  double value = static_cast<double>(whole);
  if (stop != text.data() + text.size() && *stop == '.') {
    double place = 0.1;
    for (++stop; stop != text.data() + text.size() && *stop >= '0' && *stop <= '9'; ++stop) {
      value += place * (*stop - '0');
      place /= 10;
    }
  }
  return value;
}

}  // namespace

void add_function_table(std::string_view table, const std::vector<std::string>& functions,
                        std::map<std::string, double>& values) {
  std::string_view line;
  while (take_line(table, line)) {
    const std::string_view printed = take_word(line);
    const std::string_view hits = take_word(line);
    const std::string_view time = take_word(line);
    if (hits.empty() || hits[0] < '0' || hits[0] > '9') continue;  // the two lines of the head
    for (const std::string& function : functions) {
      if (std::string_view(function).substr(0, printed_letters) != printed) continue;
      values[function + ".calls"] += decimal(hits);
      values[function + ".us"] += decimal(time);
      break;
    }
  }
}

void FunctionProfile::clear_filter() {
  const int fd = ::open((tracefs_ + "/set_ftrace_filter").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (fd >= 0) ::close(fd);
}

std::vector<std::string> FunctionProfile::set_filter() {
  clear_filter();
  std::vector<std::string> known;
  for (const std::string& function : functions_)
    if (write_small_file(tracefs_ + "/set_ftrace_filter", function + "\n") == 0)
      known.push_back(function);
  return known;
}

std::string FunctionProfile::prepare(std::vector<std::string>& partly) {
  if (::access((tracefs_ + "/function_profile_enabled").c_str(), W_OK) != 0)
    return "this kernel has no " + tracefs_ + "/function_profile_enabled";
  const std::vector<std::string> known = set_filter();
  clear_filter();
  for (const std::string& function : functions_) {
    bool found = false;
    for (const std::string& name : known) found |= name == function;
    if (!found) partly.push_back("this kernel cannot trace the function " + function);
  }
  functions_ = known;
  // An empty filter would mean every function of the kernel.
  return known.empty() ? "this kernel can trace none of the functions" : "";
}

void FunctionProfile::start() {
  set_filter();
  write_small_file(tracefs_ + "/function_profile_enabled", "1");
}

std::map<std::string, double> FunctionProfile::stop() {
  write_small_file(tracefs_ + "/function_profile_enabled", "0");
  std::map<std::string, double> values;
  // A function that nobody called is in no table, and that is worth knowing.
  for (const std::string& function : functions_)
    values[function + ".calls"] = values[function + ".us"] = 0;
  for (const std::string& file : list_folder(tracefs_ + "/trace_stat"))
    if (file.rfind("function", 0) == 0)
      add_function_table(read_small_file(tracefs_ + "/trace_stat/" + file).value_or(""), functions_,
                         values);
  clear_filter();
  return values;
}

}  // namespace faultline::agent
