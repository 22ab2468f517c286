/// One line on a terminal that says how far a run is, rewritten in place.
#pragma once

#include <condition_variable>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>

namespace conformance {

/// How far a run is.
struct Count {
  std::size_t done = 0;
  std::size_t all = 0;
  std::size_t failed = 0;
};

/// `123/710  3 failed  store-refuses-empty-key`, in no more columns than that.
std::string progress_line(const Count& count, const std::string& id, std::size_t columns);

/// Whether the terminal can rewrite a line: TERM is set, and not `dumb`.
bool can_rewrite_lines();

/// Nothing may be written to the terminal between show() and hide() by anybody else. A thread of
/// its own draws the line, ten times a second at most: so the case shown is the one that runs,
/// also where it hangs.
class Progress {
 public:
  /// `out` is the process's stdout, a terminal, and has to outlive this.
  explicit Progress(std::ostream& out);
  ~Progress();  ///< hides the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const Count& count, const std::string& id);
  /// Erases the line, until the next show().
  void hide();

 private:
  void draw_when_due();

  std::ostream& out_;
  std::mutex mutex_;  ///< guards all below, and out_
  std::condition_variable changed_;
  Count count_;
  std::string id_;
  bool due_ = false;    ///< there is something to draw that has not been drawn
  bool drawn_ = false;  ///< there is something to erase
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace conformance
