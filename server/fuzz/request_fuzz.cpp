// Bytes of one connection, whatever they are, through Framing, Responder and Service: out
// comes a valid answer or a clean refusal for each request, and nothing else.
//
// The first byte of an input says which server it is, by its lowest bits: 1 spec 1.0
// instead of 1.1, 2 with credentials, 4 on a Unix socket. The second says into what
// pieces the bytes are cut for the second run, which has to answer as the first: '0' is
// 1 byte, '1' is 2. What follows is what the client sends: `07POST /RPC2 HTTP/1.1…`.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "framing.h"
#include "http_answer.h"
#include "require.h"
#include "responder.h"
#include "service.h"
#include "xml_response.h"

using namespace cache_server;
using namespace cache_server::fuzz;

namespace {

constexpr std::size_t kMaxBody = std::size_t{32} << 10;
const Credentials kCredentials = {"user", "123"};

std::string call(const std::string& method, const std::string& params = {}) {
  return "<methodCall><methodName>" + method + "</methodName><params>" + params +
         "</params></methodCall>";
}

const std::string kKept = "<param><value>kept</value></param>";

/// A service whose every call is looked at.
class WatchedService {
 public:
  explicit WatchedService(const char* spec) : service_(spec) {
    service_.answer(call("cache.store", kKept + kKept));
    content_ = look();
    require(content_.find("<string>kept</string>") != std::string::npos,
            "what is stored is there", content_);
  }

  Reply answer(std::string_view body) {
    Reply reply = service_.answer(body);
    bool has_refused = false;
    if (reply.status == 200) {
      require(reply.content_type == "text/xml", "a response is text/xml",
              reply.content_type);
      has_refused = read_xml_response(reply.body).is_fault;
    } else {
      has_refused = reply.status == 400;
      require(has_refused || reply.status == 500, "a call gets 200, 400 or 500",
              std::to_string(reply.status));
      require(reply.content_type.starts_with("text/plain") &&
                  reply.body.find('\n') + 1 == reply.body.size(),
              "an error is one line of text", reply.body);
      // Exceptions of libstdc++ name the function or the class that they are from.
      require(reply.body.find("std::") == std::string::npos &&
                  reply.body.find("::_M") == std::string::npos &&
                  reply.body.find("basic_string") == std::string::npos,
              "no exception of the library comes through", reply.body);
    }
    require(reply.summary.find_first_of("\r\n") == std::string::npos,
            "a summary is one line", reply.summary);
    std::string content = look();
    if (has_refused) {
      require(content == content_, "a call that is refused has changed nothing", content);
    }
    content_ = std::move(content);
    return reply;
  }

 private:
  /// What a client can see of the cache.
  std::string look() {
    return service_.answer(call("cache.getCount")).body +
           service_.answer(call("cache.getKeys")).body +
           service_.answer(call("cache.fetch", kKept)).body;
  }

  Service service_;
  std::string content_;
};

/// What one connection is answered, as HttpServer goes about it, but for sockets, clocks
/// and `100 Continue`.
class Conversation {
 public:
  Conversation(const char* spec, const Credentials& credentials, bool any_path)
      : service_(spec),
        responder_(
            [this](std::string_view body) {
              reply_ = service_.answer(body);
              return *reply_;
            },
            credentials, any_path) {}

  std::vector<std::string> hold(std::string_view bytes, std::size_t piece) {
    while (!bytes.empty()) {
      framing_.append(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
      answer_all();
      if (was_refused_) {
        require(framing_.progress() == Framing::Progress::refused && framing_.size() == 0,
                "after a refusal nothing is read or kept");
      }
    }
    return std::move(answers_);
  }

 private:
  /// It goes into a log, too.
  static void require_printable(std::string_view part_of_a_head) {
    require(std::none_of(part_of_a_head.begin(), part_of_a_head.end(),
                         [](unsigned char c) {
                           const bool is_blank = c == '\t' || c == '\r' || c == '\n';
                           return c == 0x7F || (c < 0x20 && !is_blank);
                         }),
            "a head that is read holds no control characters", part_of_a_head);
  }

  /// What holds of every head that is not refused.
  static void require_sound_head(const Request& request) {
    require(request.body_length() <= kMaxBody, "no body is longer than is allowed");
    require_printable(request.method);
    require_printable(request.target);
    for (const Request::Field& field : request.fields) {
      require_printable(field.name);
      require_printable(field.value);
    }
  }

  void answer_all() {
    while (!is_over_) {
      switch (framing_.progress()) {
        case Framing::Progress::nothing:
        case Framing::Progress::head: return;
        case Framing::Progress::refused: return refuse();
        case Framing::Progress::body:
          if (head_is_seen_) return;
          head_is_seen_ = true;
          require_sound_head(framing_.request());
          reply_.reset();
          if (const auto answer = responder_.answer_head(framing_.request())) {
            finish(*answer);
            break;
          }
          require(!reply_, "without a body nothing is called");
          return;
        case Framing::Progress::complete: answer_complete();
      }
    }
  }

  void answer_complete() {
    const Request& request = framing_.request();
    require_sound_head(request);
    require(request.body.size() == request.body_length(), "a body is whole",
            request.body);
    reply_.reset();
    const auto by_head = responder_.answer_head(request);
    require(!reply_, "without a body nothing is called");
    const auto answer = responder_.answer(request);
    require(by_head.has_value() == !reply_.has_value(),
            "a call is answered by the service, all else by the head", answer.bytes);
    if (by_head) {
      require(by_head->bytes == answer.bytes, "the body changes no refusal",
              answer.bytes);
    }
    finish(answer);
  }

  void finish(const Responder::Answer& answer) {
    const Request& request = framing_.request();
    const HttpAnswer read = read_http_answer(answer.bytes, request.method == "HEAD");
    require(read.status == answer.status, "the status is the one that is told",
            answer.bytes);
    require(read.closes == !request.keep_alive, "an answer says whether it is the last",
            answer.bytes);
    if (reply_) {
      require(request.method == "POST", "only a POST is a call", request.method);
      require(read.status == reply_->status && read.body == reply_->body &&
                  read.content_type == reply_->content_type,
              "the service's reply goes out as it is", answer.bytes);
    } else {
      static const std::set<int> kStatuses = {400, 401, 403, 404, 411};
      require(kStatuses.contains(read.status), "what is no call gets a known refusal",
              answer.bytes);
    }
    is_over_ = !request.keep_alive;
    framing_.drop();
    head_is_seen_ = false;
    answers_.push_back(answer.bytes);
  }

  void refuse() {
    static const std::set<int> kStatuses = {400, 411, 413, 431};
    const Refusal& refusal = framing_.refusal();
    is_over_ = was_refused_ = true;
    if (refusal.status == 0) return;
    require(kStatuses.contains(refusal.status), "a refusal's status is a known one",
            refusal.reason);
    const auto answer = responder_.refuse(refusal);
    const HttpAnswer read = read_http_answer(answer.bytes, false);
    require(read.status == refusal.status && read.closes &&
                read.body == refusal.reason + "\n",
            "a refusal goes out as it is, and closes", answer.bytes);
    answers_.push_back(answer.bytes);
  }

  WatchedService service_;
  std::optional<Reply> reply_;  // of the service to the current request
  Responder responder_;
  Framing framing_{kMaxBody};
  bool head_is_seen_ = false;
  bool is_over_ = false;  // the last answer has been given
  bool was_refused_ = false;
  std::vector<std::string> answers_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view sent(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto answers = [&](std::size_t piece) {
    return Conversation((data[0] & 1) != 0 ? "1.0" : "1.1",
                        (data[0] & 2) != 0 ? kCredentials : Credentials{},
                        (data[0] & 4) != 0)
        .hold(sent, piece);
  };
  const auto whole = answers(sent.size());
  const auto cut = answers(static_cast<std::uint8_t>(data[1] - '0') + std::size_t{1});
  require(cut == whole, "how the bytes are cut changes no answer",
          cut.empty() ? "" : cut.back());
  return 0;
}
