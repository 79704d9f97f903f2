// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/faultline_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/files.h"

namespace faultline::testing {

namespace fs = std::filesystem;
namespace {

constexpr std::chrono::milliseconds poll_interval{20};

fs::path with_suffix(fs::path file, const char* suffix) {
  file += suffix;
  return file;
}

}  // namespace

RunningProgram::RunningProgram(std::vector<std::string> argv,
                               std::map<std::string, std::string> environment, fs::path output)
    : output_(std::move(output)) {
  std::vector<char*> words;
  for (std::string& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out =
      ::open(with_suffix(output_, ".out").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int err =
      ::open(with_suffix(output_, ".err").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (in < 0 || out < 0 || err < 0) throw std::runtime_error("no file for the program's output");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in, 0);
    ::dup2(out, 1);
    ::dup2(err, 2);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ::close(in);
  ::close(out);
  ::close(err);
  if (pid_ < 0) throw std::runtime_error("no process for the program");
}

RunningProgram::~RunningProgram() {
  if (ended()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void RunningProgram::signal(int number) const {
  if (!ended()) ::kill(pid_, number);
}

std::string RunningProgram::err() const {
  return read_file(with_suffix(output_, ".err"));
}

bool RunningProgram::ended() const {
  if (reaped_) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  reaped_ = true;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

ProgramEnd RunningProgram::wait(std::chrono::seconds limit) {
  if (!eventually([this] { return ended(); }, limit))
    throw std::runtime_error("the program does not end; it said:\n" + err());
  return {status_, read_file(with_suffix(output_, ".out")), err()};
}

bool RunningProgram::says(const std::string& text, std::chrono::seconds limit) const {
  bool said = false;
  const auto over = [&] {
    const bool last = ended();
    said = err().find(text) != std::string::npos;
    return said || last;
  };
  eventually(over, limit);
  return said;
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

std::chrono::milliseconds processor_time(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');  // the name may hold blanks
  if (name_end == std::string::npos) return {};
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

Bench::Bench(const std::string& test_name) {
  const fs::path all = fs::path(FAULTLINE_BINARY_DIR) / "e2e";
  folder_ = all / test_name;
  fs::remove_all(folder_);
  fs::create_directories(state());
  environment_ = {{"FAULTLINE_STATE", state()},
                  {"FAULTLINE_CACHE", all / "cache"},
                  {"FAULTLINE_ROOT", FAULTLINE_SOURCE_DIR},
                  {"FAULTLINE_GUEST", fs::path(FAULTLINE_BINARY_DIR) / "guest"},
                  {"FAULTLINE_DB", database()},
                  {"LC_ALL", "C"}};
}

std::string Bench::write(const std::string& name, const std::string& text) const {
  const fs::path file = folder_ / name;
  fs::create_directories(file.parent_path());
  write_file_atomically(file, text);
  return file;
}

std::vector<std::string> Bench::command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), FAULTLINE_PROGRAM);
  return arguments;
}

ProgramEnd Bench::run(std::vector<std::string> arguments) const {
  return start(std::move(arguments))->wait();
}

std::unique_ptr<RunningProgram> Bench::start(std::vector<std::string> arguments) const {
  const fs::path output = folder_ / ("output-" + std::to_string(runs_++));
  return std::make_unique<RunningProgram>(command(std::move(arguments)), environment_, output);
}

std::vector<pid_t> Bench::guests() const {
  // Every guest reads its initramfs from the scratch folder.
  const std::string mark = (state() / "scratch").string();
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "cmdline");
    // A process may end while it is looked at; this sets a flag where an iterator would throw.
    std::ostringstream text;
    text << file.rdbuf();
    const std::string line = text.str();
    if (line.find("qemu-system") != std::string::npos && line.find(mark) != std::string::npos)
      found.push_back(std::stoi(name));
  }
  return found;
}

std::vector<std::string> Bench::leftovers() const {
  std::vector<std::string> found;
  for (const pid_t guest : guests()) found.push_back("guest " + std::to_string(guest));
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(state() / "scratch", none))
    found.push_back("scratch " + entry.path().string());
  return found;
}

}  // namespace faultline::testing
