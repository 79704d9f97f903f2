// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "base/random.h"

namespace faultline::guest {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view line) {
  try {
    event_from_json_line(line);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

template <typename T>
T there_and_back(const T& body) {
  const std::string line = to_json_line({3, 4, body});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Event event = event_from_json_line(line);
  EXPECT_EQ(event.seq, 3U);
  EXPECT_EQ(event.t_ns, 4U);
  const T* back = std::get_if<T>(&event.body);
  EXPECT_NE(back, nullptr) << line;
  return back ? *back : T{};
}

IterationEnd an_iteration() {
  IterationEnd end;
  end.step = 1;
  end.iteration = 2;
  end.end = "signalled";
  end.code = -7;
  end.wall_ns = UINT64_MAX;
  end.user_ns = 4;
  end.system_ns = 5;
  end.max_rss_kib = 6;
  end.minor_faults = std::numeric_limits<std::int64_t>::max();
  end.major_faults = 8;
  end.voluntary_switches = 9;
  end.involuntary_switches = 10;
  end.standard_output = "out\n\t\"\\";
  end.standard_error = std::string("e\0rr", 4);
  end.truncated = true;
  return end;
}

TEST(Event, ComesBackAsItWasWhateverItsKind) {
  const Hello hello = there_and_back(Hello{1, "id", "6.12.0", "console=ttyS0"});
  EXPECT_EQ(hello.protocol, 1);
  EXPECT_EQ(hello.boot_id, "id");
  EXPECT_EQ(hello.kernel_release, "6.12.0");
  EXPECT_EQ(hello.cmdline, "console=ttyS0");

  const SettingResult setting = there_and_back(SettingResult{"/p", "1", "2", 13, true});
  EXPECT_EQ(setting.path, "/p");
  EXPECT_EQ(setting.wanted, "1");
  EXPECT_EQ(setting.found, "2");
  EXPECT_EQ(setting.error, 13);
  EXPECT_TRUE(setting.ok);

  const TopologyResult topology =
      there_and_back(TopologyResult{true, {"d"}, {{{0, 1}, 5}, {{}, 6}}, {{10, 20}, {20, 10}}});
  EXPECT_TRUE(topology.ok);
  EXPECT_EQ(topology.differences, std::vector<std::string>{"d"});
  EXPECT_EQ(topology.nodes, (std::vector<SheetNode>{{{0, 1}, 5}, {{}, 6}}));
  EXPECT_EQ(topology.distances, (std::vector<std::vector<unsigned>>{{10, 20}, {20, 10}}));

  EXPECT_EQ(there_and_back(StepBegin{UINT32_MAX}).step, UINT32_MAX);
  EXPECT_EQ(there_and_back(StepEnd{9}).step, 9U);
  EXPECT_EQ(there_and_back(Note{"n"}).text, "n");
  EXPECT_EQ(there_and_back(Bye{"done"}).reason, "done");

  const IterationEnd end = there_and_back(an_iteration());
  EXPECT_EQ(to_json_line({0, 0, end}), to_json_line({0, 0, an_iteration()}));
  EXPECT_EQ(end.wall_ns, UINT64_MAX);
  EXPECT_EQ(end.standard_error, std::string("e\0rr", 4));
}

TEST(Event, KeepsTheNumbersOfASnapshotExactly) {
  const Snapshot snapshot{
      1, true, "node0/meminfo", {{"a", 9007199254740991.0}, {"b", 0.1}, {"c", -3}, {"d", 1e300}}};
  const Snapshot back = there_and_back(snapshot);
  EXPECT_EQ(back.values, snapshot.values);
  EXPECT_EQ(back.source, "node0/meminfo");
  EXPECT_TRUE(back.before);
  EXPECT_THAT(to_json_line({0, 0, snapshot}), HasSubstr("\"a\":9007199254740991,"));
}

TEST(Event, SaysWhetherTheNamesThatASnapshotLeavesOutAreZero) {
  EXPECT_TRUE(there_and_back(Snapshot{1, false, "allocinfo", {}, true}).sparse);
  EXPECT_FALSE(there_and_back(Snapshot{1, false, "vmstat", {}, false}).sparse);
  const Event without = event_from_json_line(
      R"({"seq":0,"t_ns":0,"event":"snapshot","step":0,"before":true,"source":"s","values":{}})");
  EXPECT_FALSE(std::get<Snapshot>(without.body).sparse) << "a member that was added later";
}

TEST(Event, KeepsTheStateOfACollector) {
  const CollectorState back = there_and_back(CollectorState{"perf", true, "no \"perf\""});
  EXPECT_EQ(back.name, "perf");
  EXPECT_TRUE(back.perturbs);
  EXPECT_EQ(back.problem, "no \"perf\"");
}

TEST(Event, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(there_and_back(Note{"a\xff z\xc3"}).text, "a\xef\xbf\xbd z\xef\xbf\xbd");
}

TEST(Event, IsNeverLongerThanALineMayBe) {
  IterationEnd end = an_iteration();
  end.truncated = false;
  end.standard_output = std::string(max_output_bytes, '\x01');  // six bytes each in JSON
  end.standard_error = std::string(max_output_bytes, '\xff');   // three bytes each
  const std::string line = to_json_line({0, 0, end});
  EXPECT_LE(line.size(), max_event_line);
  const Event event = event_from_json_line(line);
  EXPECT_TRUE(std::get<IterationEnd>(event.body).truncated);
  EXPECT_THAT(std::get<IterationEnd>(event.body).standard_output, HasSubstr("bytes left out"));
}

TEST(Event, LeavesOrdinaryOutputOfTheFullSizeAlone) {
  IterationEnd end = an_iteration();
  end.truncated = false;
  end.standard_output = end.standard_error = std::string(max_output_bytes, 'x');
  EXPECT_EQ(there_and_back(end).standard_output.size(), max_output_bytes);
  EXPECT_FALSE(there_and_back(end).truncated);
}

TEST(Event, NamesWhatIsWrong) {
  EXPECT_THAT(refusal(R"({"seq":0,"t_ns":0})"), HasSubstr("\"event\" is missing"));
  EXPECT_THAT(refusal(R"({"seq":0,"t_ns":0,"event":"dance"})"), HasSubstr("unknown kind"));
  EXPECT_THAT(refusal(R"({"seq":-1,"t_ns":0,"event":"note","text":""})"), HasSubstr("\"seq\""));
  EXPECT_THAT(refusal(R"({"seq":0,"t_ns":1e9,"event":"note","text":""})"), HasSubstr("\"t_ns\""));
  EXPECT_THAT(refusal(R"({"seq":0,"t_ns":0,"event":"step_begin","step":4294967296})"),
              HasSubstr("out of range"));
  EXPECT_THAT(refusal(R"({"seq":0,"t_ns":0,"event":"snapshot","step":0,"before":true,)"
                      R"("source":"s","values":{"a":"1"}})"),
              HasSubstr("no number"));
  EXPECT_THAT(refusal(R"({"seq":0,"t_ns":0,"event":"snapshot","step":0,"before":true,)"
                      R"("source":"s","values":{"a":1e999}})"),
              HasSubstr("not JSON"));
  std::string line = to_json_line({0, 0, an_iteration()});
  line.replace(line.find("signalled"), 9, "vanished!");
  EXPECT_THAT(refusal(line), HasSubstr("\"end\""));
}

TEST(Event, RefusesHugeAndDeepLinesBeforeParsingThem) {
  EXPECT_THAT(refusal(std::string(max_event_line + 1, '{')), HasSubstr("longer than"));
  EXPECT_THAT(refusal("{\"a\":" + std::string(max_event_line / 2, '[')), HasSubstr("too deeply"));
}

// Flips, cuts and repeats pieces of good lines: whatever comes, it is an event or a runtime_error.
TEST(Event, SurvivesMutatedLines) {
  const std::vector<std::string> lines = {
      to_json_line({0, 0, Hello{1, "id", "6.12", "quiet"}}),
      to_json_line({1, 5, TopologyResult{true, {}, {{{0}, 5}}, {{10}}}}),
      to_json_line({2, 6, Snapshot{0, true, "vmstat", {{"a", 1}, {"b", 2.5}}}}),
      to_json_line({3, 7, an_iteration()})};
  Random random(20240607);
  unsigned accepted = 0;
  for (int round = 0; round < 40'000; ++round) {
    std::string line = lines[random.below(lines.size())];
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      const std::size_t at = random.below(line.size() + 1);
      switch (random.below(4)) {
        case 0:
          if (at < line.size()) line[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          line.resize(at);
          break;
        case 2:
          line.insert(at, line.substr(random.below(line.size() + 1), random.below(40)));
          break;
        default:
          line.insert(at, 1, "{}[]\",:-0e\\"[random.below(11)]);
      }
      if (line.empty()) line = "x";
    }
    accepted += refusal(line) == "accepted";
  }
  EXPECT_GT(accepted, 100U);  // else the mutations are too wild to test anything
}

}  // namespace
}  // namespace faultline::guest
