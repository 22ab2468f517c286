#include "responder.h"

#include <httplib.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace cache_server {
namespace {

/// A request's head as cpp-httplib reads it, and what it writes in one piece.
class MemoryStream : public httplib::Stream {
 public:
  MemoryStream(std::string_view head, std::string& written)
      : head_(head), written_(written) {}

  ssize_t read(char* out, std::size_t size) override {
    const std::size_t n = head_.copy(out, size);
    head_.remove_prefix(n);
    return static_cast<ssize_t>(n);
  }

  ssize_t write(const char* data, std::size_t size) override {
    written_.append(data, size);
    return static_cast<ssize_t>(size);
  }

  bool is_readable() const override { return !head_.empty(); }
  bool is_writable() const override { return true; }

  // cpp-httplib turns away descriptors that select() cannot take. None is used here.
  socket_t socket() const override { return INVALID_SOCKET; }

  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}

 private:
  std::string_view head_;
  std::string& written_;
};

/// Takes as long for a wrong text as for the right one.
bool equal_in_constant_time(std::string_view sent, std::string_view expected) {
  std::size_t difference = sent.size() ^ expected.size();
  for (std::size_t i = 0; i < sent.size(); ++i) {
    difference |= static_cast<unsigned char>(sent[i] ^ expected[i % expected.size()]);
  }
  return difference == 0;
}

constexpr const char* kText = "text/plain; charset=utf-8";

Reply text(int status, std::string_view reason) {
  return {.status = status, .content_type = kText, .body = std::string(reason) + "\n"};
}

/// The head as cpp-httplib is to see it. On other fields it would act by itself (Range,
/// Expect, Accept-Encoding), or Framing has dealt with them; methods that it does not know
/// and targets of more than 8 KiB it would answer by itself, the latter with a body even
/// to HEAD. All methods but three are alike here, and of a target only the beginning counts.
std::string head_for_httplib(const Request& request) {
  const bool is_one_of_three =
      request.method == "POST" || request.method == "GET" || request.method == "HEAD";
  std::string head(is_one_of_three ? request.method : "OPTIONS");
  head.append(" ").append(request.target.substr(0, 1024)).append(" HTTP/1.1\r\n");
  for (const Request::Field& field : request.fields) {
    if (is_field(field, "authorization") || is_field(field, "origin") ||
        is_field(field, "sec-fetch-site")) {
      head.append(field.name).append(": ").append(field.value).append("\r\n");
    }
  }
  return head += "\r\n";
}

}  // namespace

class Responder::Impl : private httplib::Server {
 public:
  Impl(Responder::Handler handler, const Credentials& credentials, bool any_path)
      : handler_(std::move(handler)), any_path_(any_path) {
    if (!credentials.username.empty()) {
      authorization_ = httplib::make_basic_authentication_header(credentials.username,
                                                                 credentials.password)
                           .second;
    }
    // Each answer is made here, before cpp-httplib looks for a body: Framing has it.
    set_pre_routing_handler([this](const auto& request, auto& response) {
      std::optional<Reply> reply = preset_ ? std::exchange(preset_, {}) : refusal(request);
      if (reply) answer_.reason = reply->body.substr(0, reply->body.find('\n'));
      if (!reply && body_) {
        reply = handler_(*body_);
        answer_.summary = std::move(reply->summary);
      }
      body_is_wanted_ = !reply;
      if (reply) set(response, *std::move(reply));
      return HandlerResponse::Handled;
    });
    set_exception_handler([](const auto&, auto& response, std::exception_ptr) {
      response.status = 500;  // without it cpp-httplib puts the text into a header
    });
    // For what cpp-httplib refuses by itself: a field of more than 8 KiB. Its body would be
    // empty.
    set_error_handler([](const auto&, auto& response) {
      if (response.body.empty()) {
        response.set_content("HTTP status " + std::to_string(response.status) + "\n",
                             kText);
      }
    });
    set_post_routing_handler([this](const auto&, auto& response) {
      answer_.status = response.status;
      // Hints that do not hold here: connections stay, and ranges are not served.
      response.headers.erase("Keep-Alive");
      response.headers.erase("Accept-Ranges");
      if (says_keep_alive_) response.set_header("Connection", "Keep-Alive");
    });
  }

  Answer refuse(const Refusal& refusal) {
    preset_ = text(refusal.status, refusal.reason);
    const Request unread{.method = "POST", .target = "/", .fields = {}, .keep_alive = false};
    return *answer(unread, std::nullopt);
  }

  /// The answer; nothing if it depends on the body, and there is none.
  std::optional<Answer> answer(const Request& request,
                               std::optional<std::string_view> body) {
    request_ = &request;
    body_ = body;
    body_is_wanted_ = false;
    answer_ = {};
    says_keep_alive_ = request.is_http_1_0 && request.keep_alive;
    const std::string head = head_for_httplib(request);
    MemoryStream stream(head, answer_.bytes);
    bool ignored = false;
    process_request(stream, !request.keep_alive, ignored, nullptr);
    if (body_is_wanted_) return std::nullopt;
    return std::move(answer_);
  }

 private:
  /// What a request gets whatever its body is.
  std::optional<Reply> refusal(const httplib::Request& request) const {
    const bool post = request.method == "POST";
    const bool served = request.path.starts_with("/RPC2") || (any_path_ && post);
    if (post && (request.has_header("Origin") || request.has_header("Sec-Fetch-Site"))) {
      return text(403, "Forbidden: a web page may not call this server, and a request with "
                       "Origin or Sec-Fetch-Site comes from one");
    }
    if (!authorization_.empty() && !is_authorized(request)) {
      return text(401, "Unauthorized: a username and a password are needed");
    }
    if (!served) {
      return text(request.method == "GET" || request.method == "HEAD" ? 404 : 400,
                  "Nothing is served here: POST calls to /RPC2");
    }
    if (!post) return text(400, "Bad Request: a call is a POST");
    if (!request_->content_length) {
      return text(411, "Length Required: a call needs a Content-Length");
    }
    return std::nullopt;
  }

  bool is_authorized(const httplib::Request& request) const {
    // The scheme's name may have any case, and more than one blank after it.
    const std::string sent = request.get_header_value("Authorization");
    const std::size_t blank = std::min(sent.find(' '), sent.size());
    const std::size_t token = std::min(sent.find_first_not_of(' ', blank), sent.size());
    const std::string_view scheme = std::string_view(sent).substr(0, blank);
    return is_field({scheme, {}}, "basic") &&
           equal_in_constant_time(std::string_view(sent).substr(token),
                                  std::string_view(authorization_).substr(6));
  }

  void set(httplib::Response& response, Reply reply) {
    response.status = reply.status;
    response.set_content(std::move(reply.body), reply.content_type.c_str());
    if (reply.status == 401) {
      response.set_header("WWW-Authenticate", "Basic realm=\"default\"");
    }
  }

  const Responder::Handler handler_;
  const bool any_path_;
  std::string authorization_;  // empty: anybody may call

  // Of the request that is being answered.
  const Request* request_ = nullptr;
  std::optional<std::string_view> body_;
  std::optional<Reply> preset_;
  bool body_is_wanted_ = false;
  bool says_keep_alive_ = false;
  Answer answer_;
};

Responder::Responder(Handler handler, const Credentials& credentials, bool any_path)
    : impl_(std::make_unique<Impl>(std::move(handler), credentials, any_path)) {}

Responder::~Responder() = default;

Responder::Answer Responder::answer(const Request& request, std::uint64_t) {
  return *impl_->answer(request, request.body);
}

std::optional<Responder::Answer> Responder::answer_head(const Request& request) {
  return impl_->answer(request, std::nullopt);
}

Responder::Answer Responder::refuse(const Refusal& refusal) {
  return impl_->refuse(refusal);
}

}  // namespace cache_server
