// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/console_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guest/crc32.h"

namespace faultline::guest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string note(std::uint64_t seq, const std::string& text = "n") {
  return to_json_line({seq, 0, Note{text}});
}

// The frames of these JSON lines, with the closing one.
std::string frames(const std::vector<std::string>& lines) {
  std::string stream;
  std::string all;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    stream += console_frame(i, lines[i]);
    all += lines[i] + "\n";
  }
  return stream + console_end_frame(lines.size(), crc32(all));
}

struct Read {
  std::vector<std::string> items;
  bool complete = false;
  bool begun = false;
};

Read read(const std::string& console) {
  ConsoleEventReader reader;
  Read result;
  reader.feed(console);
  while (auto item = reader.next()) {
    if (const auto* event = std::get_if<Event>(&*item))
      result.items.push_back("event " + std::to_string(event->seq));
    else
      result.items.push_back(std::get<StreamProblem>(*item).text);
  }
  result.complete = reader.complete();
  result.begun = reader.begun();
  return result;
}

TEST(Crc32, IsTheUsualOne) {
  EXPECT_EQ(crc32("123456789"), 0xcbf43926U);
  EXPECT_EQ(crc32("456789", crc32("123")), 0xcbf43926U);
  EXPECT_EQ(crc32(""), 0U);
}

TEST(ConsoleFrames, LookAsDocumented) {
  EXPECT_EQ(console_frame(3, "{}"), "@fl1 3 a3a6bf43 {}\n");
  EXPECT_EQ(console_end_frame(4, 0xabc), "@fl1 end 4 00000abc\n");
}

TEST(ConsoleEventReader, PicksTheEventsOutOfTheConsole) {
  const Read result = read("Booting\r\n[    0.1] hello\r\n" + frames({note(0), note(1)}) +
                           "[    3.0] reboot: Power down\r\n");
  EXPECT_THAT(result.items, ElementsAre("event 0", "event 1"));
  EXPECT_TRUE(result.complete);
  EXPECT_TRUE(result.begun);
}

TEST(ConsoleEventReader, ReadsThemHoweverTheStreamIsCut) {
  const std::string stream = "boot\n" + frames({note(0), note(1)});
  for (std::size_t piece = 1; piece < stream.size(); ++piece) {
    ConsoleEventReader reader;
    int events = 0;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.feed(stream.substr(at, piece));
      while (auto item = reader.next()) events += std::holds_alternative<Event>(*item);
    }
    ASSERT_EQ(events, 2) << piece;
    EXPECT_TRUE(reader.complete());
  }
}

TEST(ConsoleEventReader, KnowsThatAConsoleWithoutFramesHasNotBegun) {
  const Read result = read("Booting\nKernel panic - not syncing\n");
  EXPECT_THAT(result.items, ElementsAre());
  EXPECT_FALSE(result.begun);
  EXPECT_FALSE(result.complete);
}

TEST(ConsoleEventReader, TakesAFrameBehindAKernelMessage) {
  std::string stream = frames({note(0), note(1)});
  stream.insert(stream.find("@fl1 1 "), "[    1.5] no newline @fl1 7 ");
  const Read result = read(stream);
  EXPECT_THAT(result.items, ElementsAre("event 0", "event 1"));
  EXPECT_TRUE(result.complete);
}

TEST(ConsoleEventReader, NoticesAKernelMessageInsideAFrame) {
  std::string stream = frames({note(0), note(1), note(2)});
  stream.insert(stream.find("\"text\"", stream.find("@fl1 1 ")), "[    1.5] oops\r\n");
  const Read result = read(stream);
  EXPECT_THAT(result.items,
              ElementsAre("event 0", StartsWith("a damaged frame"), "event 1 is missing", "event 2",
                          HasSubstr("sent 3 events, 2 arrived")));
  EXPECT_FALSE(result.complete);
}

TEST(ConsoleEventReader, NoticesAFlippedBit) {
  std::string stream = frames({note(0, "abc")});
  stream[stream.find("abc")] = 'b';
  const Read result = read(stream);
  EXPECT_THAT(result.items,
              ElementsAre(StartsWith("a damaged frame"), HasSubstr("1 events, 0 arrived")));
  EXPECT_FALSE(result.complete);
}

TEST(ConsoleEventReader, IsNotCompleteWithoutTheClosingFrame) {
  std::string stream = frames({note(0)});
  stream.resize(stream.find("@fl1 end"));
  EXPECT_FALSE(read(stream).complete);
  EXPECT_FALSE(read(stream + "@fl1 end 1 zzz\n").complete);
  EXPECT_FALSE(read(stream + "@fl1 end 1 00000000\n").complete);
}

TEST(ConsoleEventReader, IsNotFooledByFramesInsideAnOutput) {
  const std::string inner = frames({note(0, "forged")});
  const Read result = read(frames({note(0, inner), note(1)}));
  EXPECT_THAT(result.items, ElementsAre("event 0", "event 1"));
  EXPECT_TRUE(result.complete);
}

}  // namespace
}  // namespace faultline::guest
