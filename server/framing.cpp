#include "framing.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cache_server {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::string_view kBlanks = " \t";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equals_lower(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == npos) return text.substr(text.size());
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Takes the first line off `text`, without its line end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Whether a list like `close, TE` names a token.
bool names_token(std::string_view list, std::string_view lower_case) {
  for (;;) {
    const auto comma = list.find(',');
    if (equals_lower(trim(list.substr(0, comma)), lower_case)) return true;
    if (comma == npos) return false;
    list.remove_prefix(comma + 1);
  }
}

/// Empties `text`, and keeps no memory for it: thousands of connections may be idle.
void release(std::string& text) {
  text.clear();
  text.shrink_to_fit();
}

/// A control character that may not stand in a head.
bool is_forbidden(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n') ||
         c == 0x7F;
}

}  // namespace

bool is_field(const Request::Field& field, std::string_view lower_case_name) {
  return equals_lower(field.name, lower_case_name);
}

void Framing::append(std::string_view bytes) {
  const std::size_t skipped = std::min(to_skip_, bytes.size());
  to_skip_ -= skipped;
  bytes.remove_prefix(skipped);
  if (progress_ == Progress::refused) return;
  if (begin_ > buffer_.size() / 2) {
    std::string(buffer_, begin_).swap(buffer_);  // erase() would keep all the memory
    begin_ = 0;
  }
  buffer_.append(bytes);
}

Framing::Progress Framing::progress() {
  if (progress_ == Progress::nothing || progress_ == Progress::head) find_head();
  if (progress_ == Progress::body &&
      buffer_.size() - begin_ >= request_.body_length()) {
    request_.body =
        std::string_view(buffer_).substr(begin_, request_.body_length());
    progress_ = Progress::complete;
  }
  if (progress_ == Progress::nothing && to_skip_ > 0) return Progress::head;
  return progress_;
}

void Framing::drop() {
  const std::size_t held = std::min(request_.body_length(), buffer_.size() - begin_);
  to_skip_ += request_.body_length() - held;
  begin_ += held;
  if (begin_ == buffer_.size()) {
    release(buffer_);
    begin_ = 0;
  }
  release(head_);
  request_ = {};
  searched_ = line_ = 0;
  is_after_empty_line_ = false;
  progress_ = Progress::nothing;
}

/// Looks for the empty line that ends a head, each byte once.
void Framing::find_head() {
  const std::string_view come = std::string_view(buffer_).substr(begin_);
  for (; searched_ < come.size(); ++searched_) {
    progress_ = Progress::head;
    if (searched_ == kMaxHead) {
      return refuse(431, "the head of the request is longer than " +
                             std::to_string(kMaxHead) + " bytes");
    }
    const char c = come[searched_];
    if (is_forbidden(c)) {
      return refuse(400, "the head of the request holds a control character");
    }
    if (c != '\n') continue;
    const std::size_t length = searched_ - line_;
    const bool is_empty = length == 0 || (length == 1 && come[line_] == '\r');
    const std::size_t end = searched_ + 1;
    if (is_empty && line_ == 0) {
      begin_ += end;
      searched_ = 0;
      progress_ = Progress::nothing;
      if (std::exchange(is_after_empty_line_, true)) return refuse(0, "an empty head");
      return find_head();
    }
    if (is_empty) {
      head_ = come.substr(0, line_);
      begin_ += end;
      return read_head();
    }
    line_ = end;
  }
}

void Framing::read_head() {
  std::string_view rest = head_;
  const std::string_view request_line = take_line(rest);
  for (std::size_t at = 0; (at = head_.find('\r', at)) != npos; ++at) {
    if (head_.compare(at, 2, "\r\n") != 0) {
      return refuse(400, "the head of the request holds a CR that ends no line");
    }
  }
  if (!read_request_line(request_line)) {
    return refuse(400, "the request line is not METHOD TARGET HTTP/VERSION");
  }
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (kBlanks.find(line[0]) != npos) {  // folded: it belongs to the field before it
      if (!request_.fields.empty()) {
        std::string_view& value = request_.fields.back().value;
        value = {value.data(), static_cast<std::size_t>(line.data() + line.size() -
                                                        value.data())};
      }
      continue;
    }
    const auto colon = line.find(':');
    if (colon == npos) continue;
    if (colon > 0 && kBlanks.find(line[colon - 1]) != npos) {
      return refuse(400, "there is a blank before the colon of a field");
    }
    request_.fields.push_back({line.substr(0, colon), trim(line.substr(colon + 1))});
  }
  if (read_framing_fields()) progress_ = Progress::body;
}

bool Framing::read_request_line(std::string_view line) {
  const auto method_end = line.find(' ');
  if (method_end == 0 || method_end == npos) return false;
  request_.method = line.substr(0, method_end);
  line.remove_prefix(method_end + 1);
  const auto target_end = line.find(' ');
  request_.target = line.substr(0, target_end);
  if (request_.target.empty()) return false;
  std::string_view version = "1.0";
  if (target_end != npos) {
    constexpr std::string_view kName = "HTTP/";
    version = line.substr(target_end + 1);
    if (!version.starts_with(kName)) return false;
    version.remove_prefix(kName.size());
    if (version.empty() || version.find_first_not_of("0123456789.") != npos) return false;
  }
  request_.is_http_1_0 = version == "1.0";
  request_.keep_alive = !request_.is_http_1_0;
  return true;
}

/// Reads the fields that say where the request ends and whether the connection stays.
bool Framing::read_framing_fields() {
  bool coded = false;
  bool close = false;
  for (const Request::Field& field : request_.fields) {
    if (is_field(field, "content-length")) {
      // An empty one counts as none, as it does for a supervisord.
      if (!field.value.empty() && !read_content_length(field.value)) return false;
    } else if (is_field(field, "transfer-encoding")) {
      coded = true;
    } else if (is_field(field, "connection")) {
      close = close || names_token(field.value, "close");
      if (names_token(field.value, "keep-alive")) request_.keep_alive = true;
    } else if (is_field(field, "expect")) {
      // In HTTP/1.0 it means nothing (RFC 9110, 10.1.1): such a client knows no 100.
      request_.expects_continue =
          !request_.is_http_1_0 && equals_lower(field.value, "100-continue");
    }
  }
  if (close) request_.keep_alive = false;
  if (coded) {
    request_.content_length
        ? refuse(400, "there are a Content-Length and a Transfer-Encoding")
        : refuse(411, "a Transfer-Encoding is not supported; send a Content-Length");
  }
  return !coded;
}

bool Framing::read_content_length(std::string_view text) {
  std::size_t length = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (stop != text.data() + text.size() || error == std::errc::invalid_argument) {
    refuse(400, "Content-Length is not a number");
  } else if (request_.content_length) {
    refuse(400, "there is more than one Content-Length");
  } else if (error == std::errc::result_out_of_range || length > max_body_) {
    refuse(413, "the body is longer than " + std::to_string(max_body_) +
                    " bytes (--max-body)");
  } else {
    request_.content_length = length;
    return true;
  }
  return false;
}

void Framing::refuse(int status, std::string reason) {
  refusal_ = {status, std::move(reason)};
  progress_ = Progress::refused;
  release(head_);
  release(buffer_);
  request_ = {};
  begin_ = 0;
}

}  // namespace cache_server
