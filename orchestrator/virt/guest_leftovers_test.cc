// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of guests whose program ended without ending them.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <fstream>

#include "base/unique_fd.h"
#include "virt/guest_fixture.h"

namespace faultline {
namespace {
namespace asio = boost::asio;
using namespace testing;

/// Starts a program that starts a guest and waits to be killed; gives its process id and the name
/// of its guest.
std::pair<pid_t, std::string> leave_a_guest(const std::filesystem::path& state) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const UniqueFd out(fds[0]);
  UniqueFd in(fds[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(in.get(), STDOUT_FILENO);
    ::execl(LEAVE_A_GUEST, LEAVE_A_GUEST, state.c_str(), TINY_GUEST, nullptr);
    ::_exit(127);
  }
  in.reset();
  std::string name;
  char byte;
  while (::read(out.get(), &byte, 1) == 1 && byte != '\n') name += byte;
  return {pid, name};
}

void kill_and_reap(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

/// The guard's process: the only child of that name.
pid_t guard_of(pid_t parent) {
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(parent) + "/task")) {
    std::ifstream children(thread.path() / "children");
    for (pid_t child; children >> child;) {
      std::ifstream comm("/proc/" + std::to_string(child) + "/comm");
      std::string name;
      if (std::getline(comm, name) && name == "faultline-guard") return child;
    }
  }
  return -1;
}

TEST_F(Guests, DieWithTheirProgram) {
  const auto [pid, name] = leave_a_guest(state_directory());
  ASSERT_FALSE(name.empty());
  ASSERT_EQ(guest_processes(name).size(), 1u);
  kill_and_reap(pid);
  EXPECT_TRUE(soon([&] { return guest_processes(name).empty(); })) << name;
}

TEST_F(Guests, ThatAKilledProgramAndGuardLeftAreSwept) {
  const auto [pid, name] = leave_a_guest(state_directory());
  ASSERT_FALSE(name.empty());
  const pid_t guard = guard_of(pid);
  ASSERT_GT(guard, 0);
  ::kill(guard, SIGKILL);
  kill_and_reap(pid);
  ASSERT_EQ(guest_processes(name).size(), 1u) << "the guard should be dead";
  EXPECT_THAT(run_to_end(context, hypervisor->sweep()), ::testing::ElementsAre(name));
  EXPECT_TRUE(guest_processes(name).empty());
  EXPECT_THAT(run_to_end(context, hypervisor->sweep()), ::testing::IsEmpty());
}

asio::awaitable<std::vector<std::string>> sweep_beside_a_guest(Hypervisor& hypervisor) {
  const auto guest = co_await hypervisor.start(tiny("hang"));
  auto swept = co_await hypervisor.sweep();
  co_await guest->destroy();
  co_return swept;
}

TEST_F(Guests, ThatAreOursAreNotSwept) {
  EXPECT_THAT(run_to_end(context, sweep_beside_a_guest(*hypervisor)), ::testing::IsEmpty());
}

TEST_F(Guests, ThatBelongToALivingProgramAreNotSwept) {
  const auto [pid, name] = leave_a_guest(state_directory());
  ASSERT_FALSE(name.empty());
  EXPECT_THAT(run_to_end(context, hypervisor->sweep()), ::testing::IsEmpty());
  EXPECT_EQ(guest_processes(name).size(), 1u);
  kill_and_reap(pid);
  EXPECT_TRUE(soon([&] { return guest_processes(name).empty(); }));
}

}  // namespace
}  // namespace faultline
