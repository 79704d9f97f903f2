// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/profile_difference.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "reports/statistics/boot_values.h"

namespace faultline {
namespace {

constexpr std::size_t kMostNodes = 5000;  ///< Drawn of one difference.
constexpr std::size_t kMostFunctions = 200;
constexpr std::size_t kMostFrames = 200;       ///< Of one stack.
constexpr double kLeastShare = 0.0005;         ///< Of an arm's samples: less is not drawn.
constexpr double kLeastFunctionShare = 0.001;  ///< Less in both arms is not listed.

struct Counts {
  double base = 0, arm = 0;
  double& of(bool is_base) { return is_base ? base : arm; }
};

/// The task and the functions of a stack, outermost first.
std::vector<std::string_view> frames_of(std::string_view stack) {
  std::vector<std::string_view> frames;
  while (!stack.empty() && frames.size() < kMostFrames) {
    const std::size_t end = std::min(stack.find(';'), stack.size());
    std::string_view frame = stack.substr(0, end);
    if (frame.starts_with("0x") || frame == "0" || frame.empty()) frame = "[unknown]";
    if (frame != "[unknown]" || frames.empty() || frames.back() != frame) frames.push_back(frame);
    stack.remove_prefix(std::min(end + 1, stack.size()));
  }
  return frames;
}

/// The stacks of both arms laid over each other.
class Laying {
 public:
  /// `exact`: stacks that the instrument counted. They have no task as outermost frame.
  explicit Laying(bool exact) : exact_(exact) { nodes_.push_back({}); }

  void add(const ResultProfile& profile, bool is_base) {
    for (const auto& [stack, count] : profile.stacks) {
      if (!(count > 0) || !std::isfinite(count)) continue;
      const auto frames = frames_of(stack);
      if (frames.empty()) continue;
      if (frames[0].starts_with("swapper")) {
        idle_ += count;
        continue;
      }
      total_.of(is_base) += count;
      add(frames, count, is_base);
    }
    ++(is_base ? base_boots_ : arm_boots_);
  }

  void add(const std::string& folded, bool is_base) {
    for_each_stack(folded, [&](std::string_view stack, std::uint64_t count) {
      const auto frames = frames_of(stack);
      if (frames.empty() || count == 0) return;
      total_.of(is_base) += double(count);
      add(frames, double(count), is_base);
    });
    ++(is_base ? base_boots_ : arm_boots_);
  }

  ProfileDifference take() {
    ProfileDifference made;
    made.exact = exact_;
    made.base_samples = total_.base;
    made.arm_samples = total_.arm;
    made.idle_samples = idle_;
    made.base_boots = base_boots_;
    made.arm_boots = arm_boots_;
    if (!exact_) made.functions = functions();
    draw(made);
    return made;
  }

 private:
  struct Node {
    std::uint32_t frame = 0;
    std::uint32_t parent = 0;
    Counts counts;
    std::map<std::uint32_t, std::uint32_t> children;  ///< By frame.
  };

  /// The task is no function, though one may be called like it.
  std::uint32_t frame_index(std::string_view frame, bool is_task) {
    const auto [place, is_new] = frame_index_.try_emplace(
        (is_task ? "t" : "f") + std::string(frame), static_cast<std::uint32_t>(frames_.size()));
    if (is_new) {
      frames_.emplace_back(frame);
      self_.push_back({});
      total_of_.push_back({});
      last_stack_.push_back(0);
    }
    return place->second;
  }

  void add(const std::vector<std::string_view>& frames, double count, bool is_base) {
    ++stack_;
    std::uint32_t at = 0;
    nodes_[0].counts.of(is_base) += count;
    std::uint32_t frame = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      frame = frame_index(frames[i], i == 0 && !exact_);
      const auto [place, is_new] =
          nodes_[at].children.try_emplace(frame, static_cast<std::uint32_t>(nodes_.size()));
      const std::uint32_t child = place->second;
      if (is_new) {
        nodes_.push_back({});
        nodes_[child].frame = frame;
        nodes_[child].parent = at;
      }
      at = child;
      nodes_[at].counts.of(is_base) += count;
      if (i > 0 && last_stack_[frame] != stack_) total_of_[frame].of(is_base) += count;
      last_stack_[frame] = stack_;  // A function that calls itself counts once.
    }
    if (frames.size() > 1) self_[frame].of(is_base) += count;
  }

  double share(double count, bool is_base) const {
    const double own = is_base ? total_.base : total_.arm;
    const double total = exact_ ? std::max(total_.base, total_.arm) : own;
    return total > 0 ? count / total : 0;
  }
  double larger_share(const Counts& counts) const {
    return std::max(share(counts.base, true), share(counts.arm, false));
  }

  std::vector<FunctionShare> functions() const {
    std::vector<FunctionShare> list;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      if (larger_share(total_of_[i]) < kLeastFunctionShare) continue;
      FunctionShare one{frames_[i],
                        share(self_[i].base, true),
                        share(self_[i].arm, false),
                        share(total_of_[i].base, true),
                        share(total_of_[i].arm, false),
                        0};
      one.noise = 2 * std::sqrt(one.base_self * (1 - one.base_self) / total_.base +
                                one.arm_self * (1 - one.arm_self) / total_.arm);
      list.push_back(std::move(one));
    }
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
      return std::fabs(a.arm_self - a.base_self) > std::fabs(b.arm_self - b.base_self);
    });
    if (list.size() > kMostFunctions) list.resize(kMostFunctions);
    return list;
  }

  /// Takes over the nodes that are wide enough, the wider first below each caller.
  void draw(ProfileDifference& made) const {
    double least = kLeastShare;
    const auto drawn = [&](const Node& node) { return larger_share(node.counts) >= least; };
    while (std::size_t(std::count_if(nodes_.begin(), nodes_.end(), drawn)) > kMostNodes) least *= 2;
    Counts left_out;
    std::vector<std::uint32_t> place_of_frame(frames_.size(), UINT32_MAX);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> waiting{{0, 0}};  // Node, drawn parent.
    made.frames.push_back("all");
    while (!waiting.empty()) {
      const auto [index, parent] = waiting.back();
      waiting.pop_back();
      const Node& node = nodes_[index];
      std::uint32_t frame = 0;
      if (index != 0) {
        frame = place_of_frame[node.frame];
        if (frame == UINT32_MAX) {
          frame = place_of_frame[node.frame] = static_cast<std::uint32_t>(made.frames.size());
          made.frames.push_back(frames_[node.frame]);
        }
      }
      const auto own = static_cast<std::uint32_t>(made.nodes.size());
      made.nodes.push_back(
          {frame, parent, share(node.counts.base, true), share(node.counts.arm, false)});
      std::vector<std::uint32_t> children;
      for (const auto& [name, child] : node.children) {
        if (drawn(nodes_[child])) {
          children.push_back(child);
        } else {
          left_out.base += nodes_[child].counts.base;
          left_out.arm += nodes_[child].counts.arm;
        }
      }
      const auto width = [&](std::uint32_t child) {
        const Counts& counts = nodes_[child].counts;
        return share(counts.base, true) + share(counts.arm, false);
      };
      std::stable_sort(children.begin(), children.end(), [&](auto a, auto b) {
        return width(a) < width(b);
      });  // A stack: widest last.
      for (const std::uint32_t child : children) waiting.emplace_back(child, own);
    }
    made.left_out = larger_share(left_out);
  }

  bool exact_;
  std::vector<Node> nodes_;
  std::vector<std::string> frames_;
  std::vector<Counts> self_;      ///< Beside frames_.
  std::vector<Counts> total_of_;  ///< Beside frames_.
  std::vector<std::uint64_t> last_stack_;
  std::unordered_map<std::string, std::uint32_t> frame_index_;
  Counts total_;
  double idle_ = 0;
  std::uint32_t base_boots_ = 0;
  std::uint32_t arm_boots_ = 0;
  std::uint64_t stack_ = 0;
};

}  // namespace

std::vector<ProfileDifference> difference_of_profiles(const Results& results,
                                                      const std::vector<bool>& counted,
                                                      std::uint32_t baseline) {
  using Place = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;  // Topology, step, arm.
  std::map<Place, std::vector<const ResultProfile*>> by_place;
  for (const ResultProfile& profile : results.profiles) {
    if (profile.boot >= results.boots.size() || profile.step >= results.steps.size() ||
        !counted[profile.boot])
      continue;
    const ResultBoot& boot = results.boots[profile.boot];
    by_place[{boot.topology, profile.step, boot.arm}].push_back(&profile);
  }
  std::vector<ProfileDifference> made;
  for (const auto& [place, profiles] : by_place) {
    const auto& [topology, step, arm] = place;
    const auto base = by_place.find({topology, step, baseline});
    if (arm == baseline || base == by_place.end()) continue;
    Laying laying(false);
    for (const ResultProfile* profile : base->second) laying.add(*profile, true);
    for (const ResultProfile* profile : profiles) laying.add(*profile, false);
    ProfileDifference difference = laying.take();
    if (difference.base_samples <= 0 || difference.arm_samples <= 0) continue;
    difference.arm = arm;
    difference.topology = topology;
    difference.step = step;
    made.push_back(std::move(difference));
  }
  return made;
}

std::optional<ProfileDifference> difference_of_stacks(const StepProfile& base,
                                                      const StepProfile& arm) {
  if (base.folded.empty() || arm.folded.empty()) return std::nullopt;
  Laying laying(true);
  laying.add(base.folded, true);
  laying.add(arm.folded, false);
  return laying.take();
}

ExecutionDifference difference_of_executions(const StepProfile& base, const StepProfile& arm) {
  ExecutionDifference made;
  for (const FunctionProfile& one : base.functions) made.base += one.total();
  for (const FunctionProfile& one : arm.functions) made.arm += one.total();
  const auto add = [&](const StepProfile& profile, std::uint64_t& local, std::uint64_t& remote) {
    for (const NodeTraffic& traffic : traffic_between_nodes(profile)) {
      if (!traffic.is_memory()) continue;
      made.memory = true;
      (traffic.is_remote() ? remote : local) += traffic.accesses();
    }
  };
  add(base, made.base_local, made.base_remote);
  add(arm, made.arm_local, made.arm_remote);
  made.functions = profile_difference(base, arm);
  const std::size_t all = made.functions.size();
  std::erase_if(made.functions, [](const FunctionDifference& one) {
    return one.before == one.after && one.remote_before == one.remote_after;
  });
  made.equal = all - made.functions.size();
  return made;
}

}  // namespace faultline
