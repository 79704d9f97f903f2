// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/event_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace faultline::guest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string note_line(std::uint64_t seq, const std::string& text = "n") {
  return to_json_line({seq, 0, Note{text}}) + "\n";
}

// "event SEQ" or the problem's text, of everything that is there.
std::vector<std::string> read_all(EventReader& reader) {
  std::vector<std::string> items;
  while (auto item = reader.next()) {
    if (const auto* event = std::get_if<Event>(&*item))
      items.push_back("event " + std::to_string(event->seq));
    else
      items.push_back(std::get<StreamProblem>(*item).text);
  }
  return items;
}

std::vector<std::string> read_all(const std::string& stream) {
  EventReader reader;
  reader.feed(stream);
  return read_all(reader);
}

TEST(EventReader, ReadsEventsHoweverTheStreamIsCut) {
  const std::string stream = note_line(0) + note_line(1) + note_line(2);
  for (std::size_t piece = 1; piece < stream.size(); ++piece) {
    EventReader reader;
    std::vector<std::string> items;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.feed(stream.substr(at, piece));
      for (std::string& item : read_all(reader)) items.push_back(std::move(item));
    }
    ASSERT_THAT(items, ElementsAre("event 0", "event 1", "event 2")) << piece;
    EXPECT_FALSE(reader.finish());
  }
}

TEST(EventReader, SkipsEmptyLines) {
  EXPECT_THAT(read_all("\n\n" + note_line(0) + "\n\r\n\n"), ElementsAre("event 0"));
}

TEST(EventReader, ReportsGarbageAndGoesOn) {
  EXPECT_THAT(
      read_all(note_line(0) + "\x1b[2J rubbish\n" + note_line(1)),
      ElementsAre("event 0", StartsWith("'\\x1b[2J rubbish' is no event: not JSON"), "event 1"));
}

TEST(EventReader, ReportsMissingEvents) {
  EXPECT_THAT(read_all(note_line(0) + note_line(2) + note_line(6)),
              ElementsAre("event 0", "event 1 is missing", "event 2", "events 3 to 5 are missing",
                          "event 6"));
}

TEST(EventReader, ReportsRepeatedEventsAndDropsThem) {
  EXPECT_THAT(read_all(note_line(0) + note_line(1) + note_line(0) + note_line(2)),
              ElementsAre("event 0", "event 1", "event 0 came again or out of order", "event 2"));
}

TEST(EventReader, RefusesImpossibleNumbers) {
  EXPECT_THAT(read_all(note_line(UINT64_MAX) + note_line(0)),
              ElementsAre(HasSubstr("impossible number"), "event 0"));
}

TEST(EventReader, DropsALineThatIsTooLongInBoundedMemory) {
  EventReader reader;
  std::vector<std::string> items;
  reader.feed(note_line(0));
  const std::string piece(std::size_t{256} << 10, 'x');
  for (int i = 0; i < 64; ++i) {
    reader.feed(piece);
    for (std::string& item : read_all(reader)) items.push_back(std::move(item));
  }
  reader.feed("\n" + note_line(1));
  for (std::string& item : read_all(reader)) items.push_back(std::move(item));
  EXPECT_THAT(items,
              ElementsAre("event 0", StartsWith("a line of more than 1048576 bytes"), "event 1"));
}

TEST(EventReader, ReportsALineThatWasCutOffAtTheEnd) {
  EventReader reader;
  reader.feed(note_line(0) + "{\"seq\":1,");
  EXPECT_THAT(read_all(reader), ElementsAre("event 0"));
  const auto item = reader.finish();
  ASSERT_TRUE(item);
  EXPECT_THAT(std::get<StreamProblem>(*item).text, HasSubstr("ends inside a line"));
}

TEST(EventReader, OnlyCountsProblemsBeyondTheFirstHundred) {
  EventReader reader;
  for (int i = 0; i < 1000; ++i) reader.feed("rubbish\n");
  const auto items = read_all(reader);
  ASSERT_EQ(items.size(), EventReader::max_problems);
  EXPECT_THAT(items.back(), HasSubstr("only counted"));
  EXPECT_EQ(reader.problems(), 1000U);
}

TEST(EventReader, StillDeliversEventsAfterTooManyProblems) {
  EventReader reader;
  for (int i = 0; i < 1000; ++i) reader.feed("rubbish\n");
  read_all(reader);
  reader.feed(note_line(5));
  EXPECT_THAT(read_all(reader), ElementsAre("event 5"));
}

TEST(EventReader, SurvivesRandomBytes) {
  Random random(7);
  EventReader reader;
  std::uint64_t items = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random.below(600), '\0');
    for (char& byte : bytes)
      byte = random.below(8) == 0 ? "\n{}\"[]:,"[random.below(8)]
                                  : static_cast<char>(random.below(256));
    reader.feed(bytes);
    items += read_all(reader).size();
  }
  EXPECT_EQ(items, EventReader::max_problems);
}

}  // namespace
}  // namespace faultline::guest
