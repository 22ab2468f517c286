/// Reads the XML document that answers an XML-RPC call.
///
/// Strict, since it judges: the document has to be well-formed XML and what
/// the XML-RPC specification describes. What the specification leaves open is
/// accepted: comments, white space between elements, any encoding that is
/// declared, `<i4>`, untyped strings. Members of a fault beside the two, which
/// it forbids, are reported: not every case is about them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "located_json.h"

namespace conformance {

/// A result, in the notation of fixtures.
struct ValueReply {
  Json value;
};

/// A fault: `{"code": int, "string": string, "others": [NAME…]}`, the last the
/// names of further members.
struct FaultReply {
  Json fault;
};

/// The document is not an answer to an XML-RPC call; `message` says why, in
/// one line, with the line of the document where there is one.
struct BadReply {
  std::string message;
};

using Reply = std::variant<ValueReply, FaultReply, BadReply>;

/// Never throws for a bad document. Values nest at most 1,000 levels deep and
/// a document has at most a million elements and may become twice as long by
/// its entities, or eight MiB; more is a BadReply. So is an entity that stands
/// elsewhere: nothing is fetched.
Reply read_reply(std::string_view document);

/// The message if `reply` is a BadReply.
std::optional<std::string> why_bad(const Reply& reply);

}  // namespace conformance
