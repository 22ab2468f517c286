#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cache_server {

/// The head of one HTTP request, and its body once all of it has come. The views are into
/// the Framing that it comes from.
struct Request {
  struct Field {
    std::string_view name;   ///< as it was sent: compare with is_field()
    std::string_view value;  ///< without the blanks around it
  };

  std::string_view method;
  std::string_view target;
  std::vector<Field> fields;
  std::optional<std::size_t> content_length = {};
  bool is_http_1_0 = false;
  bool keep_alive = true;          ///< the connection is to stay after the answer
  bool expects_continue = false;   ///< the client waits for `100 Continue` with its body
  std::string_view body = {};      ///< empty until the request is complete

  /// Without a Content-Length there is no body (RFC 9112, 6.3).
  std::size_t body_length() const { return content_length.value_or(0); }
};

/// Why no request can be read from a connection any more: it is to be closed after this
/// answer, since nobody can tell where the next request would begin.
struct Refusal {
  int status = 0;      ///< 0: it is closed without an answer
  std::string reason;  ///< one line, for people
};

/// Cuts the bytes of one connection into requests: what has come goes in, and a complete
/// request or a refusal comes out. Knows nothing of sockets, clocks and XML-RPC.
///
///     framing.append(bytes);
///     while (framing.progress() == Framing::Progress::complete) {
///       answer(framing.request());
///       framing.drop();
///     }
///
/// Requests are read as HTTP/1.1 has them (RFC 9112), and as leniently as a supervisord
/// where that is harmless (recorded from 4.2.5): an empty line before a request, a line
/// without a colon, folded fields and any version number are read over, a line may end
/// with LF alone, and a request line without a version is one of HTTP/1.0. Refused:
///   0    an empty head, which is two empty lines where a request should begin
///   400  a request line or a Content-Length that cannot be read, a second
///        Content-Length, one beside Transfer-Encoding, a blank before a colon, control
///        characters
///   411  Transfer-Encoding: a supervisord wants a length (so does a POST without one,
///        which is no matter of framing: HTTP says that it has no body)
///   413  a body that is announced to be longer than allowed
///   431  a head that is longer than allowed
class Framing {
 public:
  enum class Progress {
    nothing,   ///< not a byte of a next request has come
    head,      ///< a part of its head
    body,      ///< all of its head, which request() tells, and not all of its body
    complete,  ///< all of it: request()
    refused,   ///< refusal(); nothing that comes later is read
  };

  explicit Framing(std::size_t max_body) : max_body_(max_body) {}

  /// `bytes` are copied.
  void append(std::string_view bytes);

  /// Reads on in what has been appended.
  Progress progress();

  /// Valid while progress() says `body` or `complete`; its views until append() or drop().
  const Request& request() const { return request_; }

  const Refusal& refusal() const { return refusal_; }

  /// Goes on to the next request. What is still to come of this one's body is skipped.
  void drop();

  /// How many bytes are held. Of a head with many short fields, what tells where they are
  /// takes more than they do.
  std::size_t size() const {
    return head_.size() + buffer_.size() +
           request_.fields.capacity() * sizeof(Request::Field);
  }

  /// The most bytes that a head may have.
  static constexpr std::size_t kMaxHead = std::size_t{128} << 10;

 private:
  void find_head();
  void read_head();
  bool read_request_line(std::string_view line);
  bool read_framing_fields();
  bool read_content_length(std::string_view text);
  void refuse(int status, std::string reason);

  const std::size_t max_body_;
  std::string buffer_;       // from begin_ on, what has come and is not used up
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;   // from begin_ on, where no head ends
  std::size_t line_ = 0;       // from begin_ on, where the last line found begins
  bool is_after_empty_line_ = false;
  std::size_t to_skip_ = 0;    // bytes of dropped bodies that are still to come
  std::string head_;
  Progress progress_ = Progress::nothing;
  Request request_;
  Refusal refusal_;
};

/// Whether a field has that name, which is given in lower case.
bool is_field(const Request::Field& field, std::string_view lower_case_name);

}  // namespace cache_server
