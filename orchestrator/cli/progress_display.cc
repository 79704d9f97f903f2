// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/progress_display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "cli/duration_text.h"

namespace faultline {
namespace {

std::string percent(const BuildProgress& progress) {
  if (progress.total == 0) return progress.done == 0 ? "" : fmt::format(" {}", progress.done);
  const unsigned done = std::min(progress.done, progress.total);
  return fmt::format(" {}/{} ({} %)", done, progress.total, done * 100 / progress.total);
}

std::string result_line(const BootRecord& record) {
  std::string line = fmt::format("{}: {}", record.boot_id, to_string(record.outcome.kind));
  if (record.boot_seconds > 0)
    line += fmt::format(", ready in {:.2f} s, {:.1f} s in all", record.boot_seconds,
                        record.wall_seconds);
  if (record.outcome.kind == OutcomeKind::completed && !record.outcome.oops_title.empty())
    line += fmt::format(
        "\n    but its kernel complained: {}\n    look closer: faultline show {} --console",
        printable(record.outcome.oops_title, 200), record.boot_id);
  if (!record.contamination.empty())
    line += fmt::format("\n    not counted: {}", printable(record.contamination, 200));
  if (record.outcome.kind != OutcomeKind::completed)
    line += fmt::format("\n    {}{}{}\n    look closer: faultline show {}", record.outcome.phase,
                        record.outcome.phase.empty() ? "" : ": ",
                        printable(record.outcome.detail, 400), record.boot_id);
  return line;
}

std::string built_line(const std::string& arms, const BuildResult& result) {
  if (const auto* kernel = std::get_if<KernelArtifact>(&result)) {
    if (kernel->build_seconds == 0)
      return fmt::format("kernel of {}: {} from the cache", arms, kernel->release);
    return fmt::format("kernel of {}: {} built in {}", arms, kernel->release,
                       duration_text(std::chrono::seconds(std::llround(kernel->build_seconds))));
  }
  const auto& failure = std::get<BuildFailure>(result);
  std::string text =
      fmt::format("kernel of {}: no kernel, {}: {}", arms, failure.phase, failure.title);
  if (!failure.detail.empty()) text += "\n" + printable(failure.detail, 4000);
  if (!failure.log.empty()) text += "\n    the whole log: " + failure.log.string();
  return text;
}

/// Estimates how long a build still takes from how far it came; knows nothing in the first 5 s.
class BuildClock {
 public:
  explicit BuildClock(const Clock& clock) : clock_(clock) {}

  std::string left(const BuildProgress& progress) {
    if (progress.phase != phase_) {
      phase_ = progress.phase;
      started_ = clock_.steady();
      first_ = progress.done;
    }
    const double seconds = std::chrono::duration<double>(clock_.steady() - started_).count();
    if (progress.total == 0 || progress.done <= first_ || seconds < 5) return "";
    const unsigned remaining = progress.total - std::min(progress.done, progress.total);
    const double rate = (progress.done - first_) / seconds;
    return ", about " + duration_text(std::chrono::seconds(std::llround(remaining / rate))) +
           " left";
  }

 private:
  const Clock& clock_;
  std::string phase_;
  SteadyTime started_{};
  unsigned first_ = 0;
};

/// One plain line an event; the progress of a build every 15 seconds.
class LineDisplay final : public RunProgress {
 public:
  explicit LineDisplay(const Clock& clock) : clock_(clock), build_clock_(clock) {}

  void say(const std::string& line) override { fmt::print(stderr, "{}\n", line); }

  void building(const std::string& arms, const BuildProgress& progress) override {
    const std::string left = build_clock_.left(progress);
    const bool new_phase = progress.phase != phase_;
    if (!new_phase && clock_.steady() - last_ < std::chrono::seconds(15)) return;
    phase_ = progress.phase;
    last_ = clock_.steady();
    fmt::print(stderr, "kernel of {}: {}{}{}\n", arms, progress.phase, percent(progress), left);
  }

  void built(const std::string& arms, const BuildResult& result) override {
    phase_.clear();
    say(built_line(arms, result));
  }

  void boot_starts(std::size_t number, std::size_t total, const std::string& what,
                   std::optional<std::chrono::seconds> left) override {
    fmt::print(stderr, "boot {}/{}: {}{}\n", number, total, what,
               left ? ", about " + duration_text(*left) + " left" : "");
  }

  void boot_does(const std::string&) override {}
  void boot_ended(const BootRecord& record) override {
    fmt::print(stderr, "  {}\n", result_line(record));
  }

 private:
  const Clock& clock_;
  BuildClock build_clock_;
  std::string phase_;
  SteadyTime last_{};
};

/// News scrolls, the last line lives.
class TerminalDisplay final : public RunProgress {
 public:
  explicit TerminalDisplay(const Clock& clock) : clock_(clock), build_clock_(clock) {}
  ~TerminalDisplay() override { clear(); }

  void say(const std::string& line) override {
    clear();
    fmt::print(stderr, "{}\n", line);
  }

  void building(const std::string& arms, const BuildProgress& progress) override {
    const std::string left = build_clock_.left(progress);
    if (progress.phase == phase_ && clock_.steady() - last_ < std::chrono::milliseconds(200))
      return;
    phase_ = progress.phase;
    last_ = clock_.steady();
    live(fmt::format("kernel of {}: {}{}{}", arms, progress.phase, percent(progress), left));
  }

  void built(const std::string& arms, const BuildResult& result) override {
    phase_.clear();
    say(built_line(arms, result));
  }

  void boot_starts(std::size_t number, std::size_t total, const std::string& what,
                   std::optional<std::chrono::seconds> left) override {
    boot_ = fmt::format("boot {}/{}: {}", number, total, what);
    left_ = left ? ", about " + duration_text(*left) + " left" : "";
    live(boot_ + left_);
  }

  void boot_does(const std::string& what) override { live(boot_ + ": " + what + left_); }
  void boot_ended(const BootRecord& record) override { say(result_line(record)); }

 private:
  static std::size_t width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
    return size.ws_col;
  }

  void live(const std::string& line) {
    fmt::print(stderr, "\r\x1b[K{}", printable(line, width() - 1));
    std::fflush(stderr);
    live_ = true;
  }

  void clear() {
    if (live_) fmt::print(stderr, "\r\x1b[K");
    live_ = false;
  }

  const Clock& clock_;
  BuildClock build_clock_;
  std::string phase_;
  SteadyTime last_{};
  std::string boot_;
  std::string left_;
  bool live_ = false;
};

}  // namespace

std::unique_ptr<RunProgress> make_progress_display(const Clock& clock) {
  if (::isatty(STDERR_FILENO) == 1) return std::make_unique<TerminalDisplay>(clock);
  return std::make_unique<LineDisplay>(clock);
}

}  // namespace faultline
