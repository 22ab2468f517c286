#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace conformance {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds between_drawings = 100ms;
constexpr const char* erase = "\r\x1b[K";  // to the line's begin, and what follows away

std::size_t terminal_columns() {
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(const Count& count, const std::string& id, std::size_t columns) {
  std::string line = std::to_string(count.done) + "/" + std::to_string(count.all);
  if (count.failed > 0) line += "  " + std::to_string(count.failed) + " failed";
  return (line + "  " + id).substr(0, columns);  // ids are ASCII
}

bool can_rewrite_lines() {
  const char* const terminal = std::getenv("TERM");
  return terminal && *terminal && std::string_view(terminal) != "dumb";
}

Progress::Progress(std::ostream& out) : out_(out) {
  // A new thread has its maker's mask: signals are for the thread that runs the cases.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { draw_when_due(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Progress::~Progress() {
  hide();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Progress::show(const Count& count, const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    count_ = count;
    id_ = id;
    due_ = true;
  }
  changed_.notify_one();
}

void Progress::hide() {
  const std::lock_guard lock(mutex_);
  due_ = false;
  if (drawn_) out_ << erase << std::flush;
  drawn_ = false;
}

void Progress::draw_when_due() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return due_ || ended_; });
    if (ended_) return;
    // One column less than there are, and the cursor back at the first: what a terminal echoes,
    // such as ^C, does not reach the next line.
    out_ << erase << progress_line(count_, id_, terminal_columns() - 1) << '\r' << std::flush;
    due_ = false;
    drawn_ = true;
    changed_.wait_for(lock, between_drawings, [&] { return ended_; });
  }
}

}  // namespace conformance
