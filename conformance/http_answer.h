/// One HTTP answer, read from bytes as they arrive.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

struct HttpAnswer {
  int status = 0;
  bool http_1_1 = false;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names as sent, in order
  std::string body;                                          ///< without chunk marks
  std::string head;                                          ///< status line and headers, as sent

  /// The first header of that name, in any case of letters.
  std::optional<std::string> header(std::string_view name) const;
  /// Whether the connection can be used again, as HTTP defines it.
  bool keeps_connection() const;
};

/// Collects bytes until an answer is complete.
///
///     while (!reader.done()) reader.feed(bytes) or reader.end();
///
/// Up to ten interim answers (1xx) are skipped. Bytes beyond the answer stay for the
/// next. A head over 64 KiB and a body over 64 MiB are errors. Holds little more
/// than what has arrived.
class HttpAnswerReader {
 public:
  /// `method` of the request: an answer to HEAD has no body.
  explicit HttpAnswerReader(std::string method, std::string already_received = "");

  /// More bytes have arrived.
  void feed(std::string_view bytes);
  /// The target has closed the connection: the end of an answer that says
  /// neither how long it is nor that it is chunked; an error inside any other.
  void end();

  /// The answer is complete, or it never will be: see error().
  bool done() const { return complete_ || !error_.empty(); }
  /// Why the bytes are no HTTP answer, in one line; empty if they are.
  const std::string& error() const { return error_; }
  const HttpAnswer& answer() const { return answer_; }
  HttpAnswer take_answer() { return std::move(answer_); }
  /// How far an answer that is not done has come, in one line.
  std::string progress() const;
  /// Whether the connection has to be closed to know the body's end.
  bool ends_with_connection() const { return framing_ == Framing::until_close; }
  /// What has been received and is not part of the answer.
  const std::string& rest() const { return buffer_; }
  /// How many bytes have been received so far.
  std::size_t received() const { return received_; }

 private:
  enum class Framing { unknown, none, length, chunked, until_close };

  void advance();
  bool read_head();
  void choose_framing();
  void read_chunks();
  void fail(std::string message) { error_ = std::move(message); }

  std::string method_;
  std::string buffer_;
  HttpAnswer answer_;
  Framing framing_ = Framing::unknown;
  std::size_t length_ = 0;
  std::size_t received_ = 0;
  int interim_ = 0;
  bool in_trailers_ = false;
  bool complete_ = false;
  std::string error_;
};

}  // namespace conformance
