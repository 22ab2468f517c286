#pragma once

#include <string>
#include <string_view>

namespace cache_server::fuzz {

/// One answer of HTTP/1.1.
struct HttpAnswer {
  int status = 0;
  std::string content_type;
  bool closes = false;  ///< it says `Connection: close`
  std::string_view body;
};

/// Reads bytes that are to be exactly one answer, without a byte too many or too few, and
/// ends the program if they are not. `is_to_head`: to a HEAD, which has no body.
/// The body is a view into `bytes`.
HttpAnswer read_http_answer(std::string_view bytes, bool is_to_head);

}  // namespace cache_server::fuzz
