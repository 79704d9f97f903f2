// SPDX-License-Identifier: GPL-2.0-or-later
#include "artifacts.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "ports.h"
#include "small_files.h"
#include "tar_writer.h"

namespace faultline::agent {

Artifacts::Artifacts(Mode mode, std::string path) : mode_(mode), path_(std::move(path)) {
  if (mode_ != Mode::stream) return;
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd_ < 0) mode_ = Mode::none;
}

Artifacts::~Artifacts() {
  if (fd_ >= 0) ::close(fd_);
}

void Artifacts::add(std::string_view name, std::string_view content) {
  if (mode_ == Mode::none) return;
  const std::uint64_t most = mode_ == Mode::stream ? stream_bytes : buffer_bytes;
  if (bytes_ + content.size() > most) {
    ++left_out_;
    return;
  }
  std::string member = tar_member(name, content);
  bytes_ += member.size();
  if (mode_ == Mode::stream)
    write_all(fd_, member);
  else
    kept_.push_back(std::move(member));
}

void Artifacts::finish() {
  if (mode_ == Mode::none) return;
  if (mode_ == Mode::buffer) fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  mode_ = Mode::none;
  if (fd_ < 0) return;
  for (const std::string& member : kept_) write_all(fd_, member);
  kept_.clear();
  write_all(fd_, tar_end());
  flush_port(fd_, std::string(512, '\0'));
}

}  // namespace faultline::agent
