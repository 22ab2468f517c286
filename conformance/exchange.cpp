#include "exchange.h"

namespace conformance {

namespace {

constexpr std::size_t most_shown = 4000;

}  // namespace

std::string readable(const std::string& bytes, std::size_t most, std::size_t all) {
  std::string text;
  for (const char c : bytes.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') continue;
    const bool is_c1 = byte >= 0x80 && byte < 0xa0 && text.ends_with('\xc2');
    if (c == '\n' || c == '\t' || (byte >= ' ' && byte != 127 && !is_c1)) {
      text += c;
    } else {
      if (is_c1) text.replace(text.size() - 1, 1, "\\xc2");
      text += "\\x";
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
  }
  if (all > most) text += "\n[… " + std::to_string(all) + " bytes in all]";
  // Bytes that are not UTF-8 would spoil whatever shows this.
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string readable(const std::string& bytes) { return readable(bytes, bytes.size(), bytes.size()); }

std::string describe(const Step& step) {
  if (const auto* call = std::get_if<CallStep>(&step.action)) {
    std::string params = brief(call->params, 100);
    return call->method + "(" + params.substr(1, params.size() - (params.ends_with(']') ? 2 : 1)) + ")";
  }
  if (const auto* post = std::get_if<PostStep>(&step.action)) return post->method + " " + post->path;
  if (std::holds_alternative<SendStep>(step.action)) return "bytes as they are";
  return "";
}

std::string blotted(std::string text, const Target& target) {
  return target.without_password(std::move(text));
}

std::string shown_output(Target& target) {
  const std::string output = blotted(target.last_output(), target);
  return readable(output, most_shown, output.size());
}

Exchange start_exchange(const Step& step, const std::string& request, const Target& target) {
  return {describe(step), readable(target.without_authorization(request), most_shown, request.size()), "", ""};
}

void show_outcome(Exchange& exchange, const Outcome& outcome, const Target& target) {
  if (!exchange.answer.empty()) exchange.answer += "\n";
  if (outcome.answer) {
    // A little more than is shown, so that no password is cut where it ends.
    const HttpAnswer& answer = *outcome.answer;
    exchange.answer += readable(blotted(answer.head + answer.body.substr(0, 2 * most_shown), target),
                                most_shown, answer.head.size() + answer.body.size());
    return;
  }
  exchange.answer += "[" + blotted(outcome.error->what(), target) + "]";
  if (!outcome.error->received().empty())
    exchange.answer += "\n" + readable(blotted(outcome.error->received(), target), most_shown,
                                       outcome.error->received().size());
}

}  // namespace conformance
