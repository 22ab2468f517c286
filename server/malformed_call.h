#pragma once

#include <stdexcept>
#include <string>

namespace cache_server {

/// A body that is not an XML-RPC call: not well-formed XML, or a value that cannot be
/// read. HTTP's answer to it is 400. what() is one line without a newline.
class MalformedCall : public std::runtime_error {
 public:
  /// `line` is 1-based; 0 if unknown.
  MalformedCall(int line, const std::string& message)
      : std::runtime_error(message), line_(line) {}

  int line() const { return line_; }

 private:
  int line_;
};

}  // namespace cache_server
