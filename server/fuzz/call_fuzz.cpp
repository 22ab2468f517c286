// Calls that are made of the input, one after the other: store, fetch and their like,
// with keys and values of any content, type and nesting. Each answer has to be what a
// model of the cache says. The first byte of an input chooses the spec: odd ones 1.0,
// others 1.1.

#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.h"
#include "require.h"
#include "service.h"
#include "xml_response.h"
#include "xml_value.h"

using namespace cache_server;
using namespace cache_server::fuzz;

namespace {

/// What answers can be, next to a value.
const std::string kFault = "(a fault)";
const std::string kBadRequest = "(400)";
const std::string kServerError = "(500)";

class Session {
 public:
  explicit Session(bool strings_only)
      : strings_only_(strings_only), service_(strings_only ? "1.0" : "1.1") {}

  void make_call(Bytes& bytes) {
    switch (bytes.below(6)) {
      case 1: return fetch(make_key(bytes));
      case 2: return erase(make_key(bytes));
      case 3: return clear();
      default: {
        const XmlValue key = make_key(bytes);
        return store(key, make_value(bytes));
      }
    }
  }

  /// All that is there is what the model has.
  void look_at_all() {
    expect(call("getCount", {}), int_notation(static_cast<long long>(items_.size())));
    bool are_answerable = true;
    std::vector<std::string> keys;
    for (const auto& [key, item] : items_) {
      keys.push_back(item.key.notation);
      are_answerable = are_answerable && item.key.is_answerable;
    }
    expect(call("getKeys", {}), are_answerable ? array_notation(keys) : kServerError);
    for (const auto& [key, item] : items_) {
      expect(call("fetch", {item.key}), answer_with(item.value));
    }
  }

 private:
  struct Item {
    XmlValue key;
    XmlValue value;
  };

  /// Now and then one that is there.
  XmlValue make_key(Bytes& bytes) const {
    const unsigned which = bytes.below(8);
    if (which >= items_.size()) return make_string(bytes);
    return make_string(bytes, std::next(items_.begin(), which)->first);
  }

  std::string call(const std::string& method, const std::vector<XmlValue>& params) {
    std::string xml = "<?xml version='1.0'?>\n<methodCall>\n<methodName>cache." + method +
                      "</methodName>\n<params>";
    for (const XmlValue& param : params) xml += "<param>" + param.xml + "</param>\n";
    last_call_ = xml + "</params></methodCall>";
    const Reply reply = service_.answer(last_call_);
    if (reply.status == 400) return kBadRequest;
    if (reply.status == 500) return kServerError;
    require(reply.status == 200, "a call gets 200, 400 or 500", reply.body);
    const XmlResponse response = read_xml_response(reply.body);
    return response.is_fault ? kFault : response.value;
  }

  void expect(const std::string& seen, const std::string& expected) const {
    require(seen == expected, "an answer is what the calls before make it",
            last_call_ + "\nwas answered " + seen + "\ninstead of    " + expected);
  }

  static std::string answer_with(const XmlValue& value) {
    return value.is_answerable ? value.notation : kServerError;
  }

  /// What becomes of a call with that key, if `accepted` does otherwise.
  static std::string answer_to(const XmlValue& key, const std::string& accepted) {
    if (!key.is_readable) return kBadRequest;
    return key.is_string && !key.text.empty() ? accepted : kFault;
  }

  void store(const XmlValue& key, const XmlValue& value) {
    const std::string seen = call("store", {key, value});
    if (value.is_deep && seen == kBadRequest) return;
    const bool is_of_a_type = !strings_only_ || value.is_string;
    const std::string expected =
        value.is_readable
            ? answer_to(key, is_of_a_type ? boolean_notation(true) : kFault)
            : kBadRequest;
    expect(seen, expected);
    if (seen == boolean_notation(true)) {
      items_.insert_or_assign(key.text, Item{key, value});
    }
  }

  void fetch(const XmlValue& key) {
    const auto item = items_.find(key.text);
    const bool is_there = item != items_.end();
    expect(call("fetch", {key}),
           answer_to(key, is_there ? answer_with(item->second.value) : kFault));
  }

  void erase(const XmlValue& key) {
    const std::string seen = call("delete", {key});
    expect(seen, answer_to(key, boolean_notation(true)));
    if (seen == boolean_notation(true)) items_.erase(key.text);
  }

  void clear() {
    expect(call("clear", {}), boolean_notation(true));
    items_.clear();
  }

  const bool strings_only_;
  Service service_;
  std::map<std::string, Item> items_;  // the model
  std::string last_call_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes({reinterpret_cast<const char*>(data), size});
  Session session(bytes.below(2) == 1);
  while (!bytes.is_empty()) session.make_call(bytes);
  session.look_at_all();
  return 0;
}
