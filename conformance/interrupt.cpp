#include "interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <system_error>

namespace conformance {

namespace {

volatile std::sig_atomic_t signal_seen = 0;
int pipe_ends[2] = {-1, -1};

extern "C" void note_signal(int signal) {
  if (signal_seen != 0) {
    // A terminal that is closed hangs up twice: through its shell and by itself. Nobody insists.
    if (signal == SIGHUP) return;
    _exit(128 + signal);
  }
  signal_seen = signal;
  const char byte = 0;
  [[maybe_unused]] const auto written = write(pipe_ends[1], &byte, 1);
}

void mask_signals(int how) {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ours, signal);
  pthread_sigmask(how, &ours, nullptr);
}

}  // namespace

void watch_interrupts() {
  if (pipe_ends[0] < 0 && pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::system_error(errno, std::generic_category(), "no pipe for signals");
  struct sigaction action = {};
  action.sa_handler = note_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction before = {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // as nohup has it
  std::signal(SIGPIPE, SIG_IGN);
}

void hold_interrupts() { mask_signals(SIG_BLOCK); }

void let_interrupts() { mask_signals(SIG_UNBLOCK); }

int interrupted_by() { return signal_seen; }

int interrupt_descriptor() { return pipe_ends[0]; }

void sleep_unless_interrupted(std::chrono::milliseconds most) {
  pollfd wait = {pipe_ends[0], POLLIN, 0};
  poll(&wait, 1, static_cast<int>(most.count()));
}

void quiet_interrupt_descriptor() {
  char byte = 0;
  while (read(pipe_ends[0], &byte, 1) > 0) {
  }
}

}  // namespace conformance
