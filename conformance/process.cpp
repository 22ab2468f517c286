#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <system_error>
#include <thread>

namespace conformance {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;

[[noreturn]] void give_up(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Ends a process group: TERM, patience, KILL. `gone` says whether nobody is
/// left. Also runs in the watchdog, after a fork: nothing here allocates.
template <class Gone>
void end_group(pid_t group, Gone gone) {
  if (kill(-group, SIGTERM) != 0) return;
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!gone()) {
    if (std::chrono::steady_clock::now() > until) {
      kill(-group, SIGKILL);  // and once more for whoever was just being born
      if (std::chrono::steady_clock::now() > until + 1s) break;
    }
    std::this_thread::sleep_for(5ms);
  }
}

bool group_is_gone(pid_t group) { return kill(-group, 0) != 0; }

/// The child: becomes the command once the watchdog is there.
[[noreturn]] void run_command(const std::string& command, int output, int go) {
  setpgid(0, 0);
  // Until exec our handlers are its own, and would swallow what is to end it.
  for (const int number : {SIGINT, SIGTERM}) signal(number, SIG_DFL);
  char byte = 0;
  if (read(go, &byte, 1) != 1) _exit(126);  // our parent is gone already
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(output, 1);
  dup2(output, 2);
  signal(SIGPIPE, SIG_DFL);
  execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

/// The watchdog: sleeps until the other end of `pipe` is closed, then ends
/// the group. A byte through the pipe says that there is nothing to do.
[[noreturn]] void watch(pid_t group, int pipe) {
  setsid();  // what a terminal sends to us is not meant for it
  // Nothing of ours may be held open: who reads our output waits for its end.
  for (int descriptor = 0; descriptor < 1024; ++descriptor)
    if (descriptor != pipe) close(descriptor);
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  char byte = 0;
  ssize_t size = 0;
  while ((size = read(pipe, &byte, 1)) < 0 && errno == EINTR) {
  }
  if (size == 0) end_group(group, [&] { return group_is_gone(group); });
  _exit(0);
}

std::string describe(int status) {
  const auto named = [](int signal) {
    return "signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
  };
  if (WIFSIGNALED(status)) return "was killed by " + named(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  return "exited with status " + std::to_string(code) +
         (code > 128 && code < 128 + NSIG ? ", as a shell says of " + named(code - 128) : "");
}

}  // namespace

Process::Process(const std::string& command) {
  // A server whose shell has ended is ours to wait for; init may never do it.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int go[2], watched[2];
  if (pipe2(go, O_CLOEXEC) != 0 || pipe2(watched, O_CLOEXEC) != 0) give_up("no pipe");

  leader_ = fork();
  if (leader_ < 0) give_up("no process for a command");
  if (leader_ == 0) {
    close(go[1]);
    run_command(command, output_.writer(), go[0]);
  }
  setpgid(leader_, leader_);  // whoever comes first
  watchdog_ = fork();
  if (watchdog_ < 0) give_up("no process for a watchdog");
  if (watchdog_ == 0) watch(leader_, watched[0]);

  output_.close_writer();
  close(watched[0]);
  watchdog_pipe_ = watched[1];
  close(go[0]);
  const char byte = 1;
  [[maybe_unused]] const auto written = write(go[1], &byte, 1);
  close(go[1]);
}

Process::~Process() { end(); }

std::optional<std::string> Process::ended() {
  // Also those whose parent has ended before them: see PR_SET_CHILD_SUBREAPER.
  int status = 0;
  for (pid_t pid; (pid = waitpid(-leader_, &status, WNOHANG)) > 0;)
    if (pid == leader_) ended_ = describe(status);
  return ended_;
}

void Process::end() {
  if (watchdog_ < 0) return;
  // The leader may be gone and others of its group left: all must go.
  end_group(leader_, [&] { return ended() && group_is_gone(leader_); });
  if (int status = 0; !ended_ && waitpid(leader_, &status, 0) == leader_) ended_ = describe(status);
  const char byte = 1;
  [[maybe_unused]] const auto written = write(watchdog_pipe_, &byte, 1);
  close(watchdog_pipe_);
  waitpid(watchdog_, nullptr, 0);
  watchdog_ = -1;
}

}  // namespace conformance
