/// The end of what a command writes, however much that is.
#pragma once

#include <mutex>
#include <string>
#include <thread>

namespace conformance {

/// A pipe that is read all the time, so that no writer ever waits for long, and
/// of which only the last bytes are kept: 2,000 at most.
class OutputTail {
 public:
  /// Throws std::system_error.
  OutputTail();
  ~OutputTail();
  OutputTail(const OutputTail&) = delete;
  OutputTail& operator=(const OutputTail&) = delete;

  /// What a command gets as its stdout and stderr. Closed by close_writer()
  /// once the command has it.
  int writer() const { return writer_; }
  void close_writer();

  /// The last lines of all that had been written before the call; of a command that
  /// writes faster than they are read, of nearly all.
  std::string last();

 private:
  /// Takes what is in the pipe, without waiting for more: once round at most.
  /// Whether anybody may still write.
  bool drain();
  void keep_reading();

  int reader_ = -1;
  int writer_ = -1;
  int stop_ = -1;  ///< an eventfd
  std::mutex mutex_;
  std::string kept_;
  bool cut_ = false;  ///< not all that was written is kept
  std::thread thread_;
};

}  // namespace conformance
