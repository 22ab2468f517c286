#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cache_server::fuzz {

/// What an XML-RPC response carries, in a notation that is the same for equal values.
struct XmlResponse {
  bool is_fault = false;
  std::string value;
};

/// Reads the body of a response with expat, and ends the program unless it is well-formed
/// and exactly what the XML-RPC specification allows. Shares nothing with the server.
XmlResponse read_xml_response(std::string_view xml);

/// The notation of each type. A caller writes with these what it expects.
std::string string_notation(std::string_view text);
std::string int_notation(long long number);
std::string boolean_notation(bool yes);
std::string double_notation(double number);  ///< bit by bit, but all NaNs are alike
std::string date_time_notation(std::string_view text);
std::string array_notation(const std::vector<std::string>& items);
/// The order of the members, pairs of name and value, means nothing.
std::string struct_notation(std::vector<std::pair<std::string, std::string>> members);

}  // namespace cache_server::fuzz
