#pragma once

#include <string>
#include <string_view>

#include "bytes.h"

namespace cache_server::fuzz {

/// A value as a client writes it, and what is to become of it.
struct XmlValue {
  std::string xml;         ///< `<value>…</value>`
  std::string notation;    ///< what fetch answers, as xml_response.h writes it
  std::string text = {};   ///< if it is a string
  bool is_string = false;  ///< as the server sees it: base64 and unknown types are, too
  bool is_readable = true;    ///< without: 400, and nothing is stored
  bool is_answerable = true;  ///< without: it is stored, and fetch gets 500
  /// So many arrays in each other that it may also be refused.
  bool is_deep = false;
};

/// Any value of any type and nesting, written in any way that XML-RPC and XML have for
/// it.
XmlValue make_value(Bytes& bytes);

/// A string, in any way that a string can be sent in.
XmlValue make_string(Bytes& bytes);

/// The same for a text that is given, in UTF-8.
XmlValue make_string(Bytes& bytes, std::string_view text);

}  // namespace cache_server::fuzz
