// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/unique_fd.h"
#include "guest/console_frames.h"
#include "guest/event_reader.h"

namespace faultline::agent {
namespace {

class Sink : public testing::Test {
 protected:
  std::string written_by(void (*write)(int fd)) {
    const auto path = folder_.path() / "stream";
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    write(fd.get());
    return read_file(path);
  }
  TemporaryDirectory folder_;
};

template <typename Reader>
std::vector<guest::Event> events_of(Reader& reader, const std::string& bytes) {
  std::vector<guest::Event> events;
  reader.feed(bytes);
  while (auto item = reader.next()) {
    const auto* event = std::get_if<guest::Event>(&*item);
    EXPECT_NE(event, nullptr) << std::get<guest::StreamProblem>(*item).text;
    if (event) events.push_back(*event);
  }
  return events;
}

TEST_F(Sink, StreamsNumberedEventsThatTheReaderTakes) {
  const std::string bytes = written_by([](int fd) {
    EventSink sink = EventSink::to_port(fd);
    sink.emit(guest::Note{"one"});
    sink.emit(guest::Bye{"done"});
  });
  guest::EventReader reader;
  const auto events = events_of(reader, bytes);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].seq, 1U);
  EXPECT_GE(events[1].t_ns, events[0].t_ns);
  EXPECT_GT(events[0].t_ns, 0U);
}

TEST_F(Sink, KeepsEventsAndWritesFramesThatProveThemselves) {
  const std::string bytes = written_by([](int fd) {
    EventSink sink = EventSink::to_memory();
    for (int i = 0; i < 50; ++i) sink.emit(guest::Note{std::string(1000, 'x')});
    sink.write_to_console(fd);
  });
  guest::ConsoleEventReader reader;
  EXPECT_EQ(events_of(reader, bytes).size(), 50U);
  EXPECT_TRUE(reader.complete());
}

}  // namespace
}  // namespace faultline::agent
