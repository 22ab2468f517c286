#include "output_tail.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace conformance {

namespace {

constexpr std::size_t most_kept = 2000;

/// What a pipe holds on Linux, unless it is told otherwise.
constexpr std::size_t pipe_size = 64 * 1024;

}  // namespace

OutputTail::OutputTail() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "no pipe for a command's output");
  reader_ = ends[0];
  writer_ = ends[1];
  // Only this end: a command may not expect that a write is refused.
  fcntl(reader_, F_SETFL, O_NONBLOCK);
  stop_ = eventfd(0, EFD_CLOEXEC);
  // Signals are the main thread's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([this] { keep_reading(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

OutputTail::~OutputTail() {
  close_writer();
  eventfd_write(stop_, 1);
  thread_.join();
  close(reader_);
  close(stop_);
}

void OutputTail::close_writer() {
  if (writer_ >= 0) close(writer_);
  writer_ = -1;
}

std::string OutputTail::last() {
  const std::lock_guard lock(mutex_);
  drain();
  // Of a line that is cut only the rest of it is there.
  const auto first_end = kept_.find('\n');
  std::string text = cut_ && first_end < kept_.size() - 1 ? kept_.substr(first_end + 1) : kept_;
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

bool OutputTail::drain() {
  std::array<char, 16 * 1024> chunk;
  for (std::size_t taken = 0; taken < pipe_size;) {
    const ssize_t size = read(reader_, chunk.data(), chunk.size());
    if (size <= 0) return size < 0 && (errno == EAGAIN || errno == EINTR);
    kept_.append(chunk.data(), static_cast<std::size_t>(size));
    if (kept_.size() > most_kept) {
      kept_.erase(0, kept_.size() - most_kept);
      cut_ = true;
    }
    taken += static_cast<std::size_t>(size);
  }
  return true;
}

void OutputTail::keep_reading() {
  std::array<pollfd, 2> waits = {pollfd{reader_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
  while (true) {
    if (poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[1].revents != 0) return;
    const std::lock_guard lock(mutex_);
    if (!drain()) return;  // all writers are gone
  }
}

}  // namespace conformance
