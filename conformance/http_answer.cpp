#include "http_answer.h"

#include <strings.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "located_json.h"

namespace conformance {

namespace {

constexpr std::size_t longest_head = 64 * 1024;
constexpr int most_interim = 10;
constexpr std::size_t longest_body = 64 * 1024 * 1024;
constexpr const char* too_long = "the answer is longer than 64 MiB, and no more of it is read";

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// The text up to a line's end, which is taken off `text` with it.
std::string_view take_line(std::string_view& text) {
  const auto newline = text.find('\n');
  std::string_view line = text.substr(0, newline);
  text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// A number that fills the whole text. False for anything else.
bool read_number(std::string_view text, std::size_t& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// A name as HTTP allows it: no blank in it, before the colon or at the start, where a
/// line would go on the one before.
bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) !=
                                  std::string_view::npos;
  });
}

bool has_token(std::string_view list, std::string_view token) {
  std::string_view rest = list;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (same_word(trimmed(rest.substr(0, comma)), token)) return true;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return false;
}

}  // namespace

std::optional<std::string> HttpAnswer::header(std::string_view name) const {
  for (const auto& [candidate, value] : headers)
    if (same_word(candidate, name)) return value;
  return {};
}

bool HttpAnswer::keeps_connection() const {
  const auto says = [&](std::string_view token) {
    return std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
      return same_word(header.first, "Connection") && has_token(header.second, token);
    });
  };
  return http_1_1 ? !says("close") : says("keep-alive");
}

HttpAnswerReader::HttpAnswerReader(std::string method, std::string already_received)
    : method_(std::move(method)) {
  feed(already_received);
}

void HttpAnswerReader::feed(std::string_view bytes) {
  received_ += bytes.size();
  buffer_.append(bytes);
  advance();
}

void HttpAnswerReader::advance() {
  while (framing_ == Framing::unknown && !done())
    if (!read_head()) return;
  if (done()) return;
  if (framing_ == Framing::none) {
    complete_ = true;
  } else if (framing_ == Framing::length) {
    if (buffer_.size() < length_) return;
    std::string rest = buffer_.substr(length_);
    buffer_.resize(length_);
    answer_.body = std::move(buffer_);
    buffer_ = std::move(rest);
    complete_ = true;
  } else if (framing_ == Framing::chunked) {
    read_chunks();
  }
  if (buffer_.size() + answer_.body.size() > longest_body && !complete_) fail(too_long);
}

std::string HttpAnswerReader::progress() const {
  const auto bytes = [](std::size_t number) { return std::to_string(number) + " bytes"; };
  switch (framing_) {
    case Framing::unknown:
      return interim_ > 0 ? std::to_string(interim_) + " interim answers (1xx) and no other came"
                          : bytes(received_) + " came, and its head did not end";
    case Framing::none: break;
    case Framing::length:
      return bytes(buffer_.size()) + " came of a body of " + std::to_string(length_) +
             " (Content-Length)";
    case Framing::chunked:
      return bytes(answer_.body.size() + (in_trailers_ ? 0 : buffer_.size())) +
             " came of a chunked body, " +
             (in_trailers_ ? "and lines without end behind the last chunk" : "and not the last chunk");
    case Framing::until_close:
      return bytes(buffer_.size()) +
             " came of a body that does not tell its length, on a connection that stays open";
  }
  return "it is complete";
}

void HttpAnswerReader::end() {
  if (done()) return;
  if (framing_ == Framing::until_close) {
    answer_.body = std::move(buffer_);
    buffer_.clear();
    complete_ = true;
  } else if (received_ == 0) {
    fail("the connection was closed without an answer");
  } else {
    fail("the connection was closed in the middle of the answer: " + progress());
  }
}

/// Reads a complete head off the buffer. False if it is not all there yet.
bool HttpAnswerReader::read_head() {
  constexpr std::string_view tls_alert = "\x15\x03";  // in any version of TLS
  if (tls_alert.starts_with(std::string_view(buffer_).substr(0, 2))) {
    if (buffer_.size() >= 2) fail("the target speaks TLS, which is not spoken here");
    return false;
  }
  if (!std::string_view("HTTP/").starts_with(std::string_view(buffer_).substr(0, 5))) {
    fail("the answer is not HTTP: it begins " + brief(Json(buffer_.substr(0, 40))));
    return false;
  }
  auto end = buffer_.find("\r\n\r\n");
  std::size_t gap = 4;
  if (const auto bare = buffer_.find("\n\n"); bare < end) {
    end = bare;
    gap = 2;
  }
  if (std::min(end, buffer_.size()) > longest_head) fail("the head of the answer is longer than 64 KiB");
  if (end == std::string::npos || done()) return false;

  answer_ = {};
  answer_.head = buffer_.substr(0, end + gap);
  buffer_.erase(0, end + gap);
  std::string_view lines = answer_.head;
  const std::string_view status_line = take_line(lines);
  std::size_t status = 0;
  if (status_line.size() < 12 || !status_line.starts_with("HTTP/1.") || status_line[8] != ' ' ||
      !read_number(status_line.substr(9, 3), status, 10) || status < 100 ||
      (status_line.size() > 12 && status_line[12] != ' ')) {
    fail("not a status line of HTTP/1: " + brief(Json(status_line)));
    return false;
  }
  answer_.status = static_cast<int>(status);
  answer_.http_1_1 = status_line[7] == '1';
  for (std::string_view line = take_line(lines); !line.empty(); line = take_line(lines)) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_name(line.substr(0, colon))) {
      fail("not a header: " + brief(Json(line)));
      return false;
    }
    answer_.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  if (status >= 200) choose_framing();
  else if (++interim_ > most_interim)
    fail("more than " + std::to_string(most_interim) + " interim answers (1xx)");
  return true;
}

void HttpAnswerReader::choose_framing() {
  std::optional<std::size_t> length;
  for (const auto& [name, value] : answer_.headers) {
    if (!same_word(name, "Content-Length")) continue;
    std::size_t number = 0;
    if (!read_number(value, number, 10)) return fail("not a Content-Length: " + brief(Json(value), 60));
    if (length && *length != number) return fail("two different Content-Lengths");
    length = number;
  }
  if (method_ == "HEAD" || answer_.status == 204 || answer_.status == 304) {
    framing_ = Framing::none;
  } else if (const auto coding = answer_.header("Transfer-Encoding")) {
    if (!same_word(*coding, "chunked")) return fail("unknown Transfer-Encoding: " + brief(Json(*coding)));
    if (length) return fail("both a Transfer-Encoding and a Content-Length");
    if (!answer_.http_1_1) return fail("a Transfer-Encoding, which HTTP/1.0 does not have");
    framing_ = Framing::chunked;
  } else if (length) {
    if (*length > longest_body) return fail(too_long);
    framing_ = Framing::length;
    length_ = *length;
    buffer_.reserve(length_);
  } else {
    framing_ = Framing::until_close;
  }
}

void HttpAnswerReader::read_chunks() {
  std::size_t at = 0;
  while (true) {
    const auto line_end = buffer_.find("\r\n", at);
    if (line_end == std::string::npos) {
      if (buffer_.size() - at > longest_head) fail("a line between chunks is longer than 64 KiB");
      break;
    }
    const std::string_view line = std::string_view(buffer_).substr(at, line_end - at);
    if (in_trailers_) {  // behind the last chunk, up to an empty line
      at = line_end + 2;
      if (!line.empty()) continue;
      complete_ = true;
      break;
    }
    std::size_t size = 0;
    if (!read_number(trimmed(line.substr(0, line.find(';'))), size, 16))
      return fail("not the size of a chunk: " + brief(Json(line)));
    if (size > longest_body) return fail(too_long);
    if (size == 0) {
      in_trailers_ = true;
      at = line_end + 2;
      continue;
    }
    if (buffer_.size() < line_end + 2 + size + 2) break;
    answer_.body.append(buffer_, line_end + 2, size);
    if (buffer_.compare(line_end + 2 + size, 2, "\r\n") != 0)
      return fail("a chunk that does not end where it says");
    at = line_end + 2 + size + 2;
  }
  buffer_.erase(0, at);
}

}  // namespace conformance
