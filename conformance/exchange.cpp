#include "exchange.h"

namespace conformance {

namespace {

/// Replaces every `{word}` that `value` knows; it returns nothing for others.
template <class Value>
std::string fill_words(const std::string& text, Value value) {
  std::string filled;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto open = text.find('{', at);
    if (open == std::string::npos) break;
    const auto close = text.find('}', open);
    if (close == std::string::npos) break;
    filled += text.substr(at, open - at);
    const std::optional<std::string> word =
        close - open > 90 ? std::nullopt : value(text.substr(open + 1, close - open - 1));
    filled += word ? *word : "{";
    at = word ? close + 1 : open + 1;
  }
  return filled + text.substr(at);
}

constexpr std::size_t most = 4000;

/// The start of `all` bytes for the eye: cut where they get long, with nothing
/// in them that could steer a terminal.
std::string readable(const std::string& bytes, std::size_t all) {
  std::string text;
  for (const char c : bytes.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') continue;
    const bool is_c1 = byte >= 0x80 && byte < 0xa0 && text.ends_with('\xc2');
    if (c == '\n' || c == '\t' || (byte >= ' ' && byte != 127 && !is_c1)) {
      text += c;
    } else {
      text += "\\x";
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
  }
  if (all > most) text += "\n[… " + std::to_string(all) + " bytes in all]";
  // Bytes that are not UTF-8 would spoil whatever shows this.
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string describe(const Step& step) {
  if (const auto* call = std::get_if<CallStep>(&step.action)) {
    std::string params = brief(call->params, 100);
    return call->method + "(" + params.substr(1, params.size() - (params.ends_with(']') ? 2 : 1)) + ")";
  }
  if (const auto* post = std::get_if<PostStep>(&step.action)) return post->method + " " + post->path;
  if (std::holds_alternative<SendStep>(step.action)) return "bytes as they are";
  return "";
}

}  // namespace

std::string fill(const std::string& text, const Target& target, const Names& names) {
  return fill_words(text, [&](const std::string& word) -> std::optional<std::string> {
    if (word == "path") return target.endpoint().path;
    if (word == "host") return target.endpoint().host_header();
    if (word == "authorization") {
      const std::string value = target.authorization(As::user);
      return value.empty() ? "" : "Authorization: " + value + "\r\n";
    }
    if (word.starts_with("key:")) return names.key(word.substr(4));
    return {};
  });
}

void fill_pieces(std::vector<std::string>& pieces, const Target& target, const Names& names) {
  static const std::string word = "{length}", empty_line = "\r\n\r\n";
  for (std::string& piece : pieces) piece = fill(piece, target, names);
  std::size_t later = 0;  // bytes of the pieces behind this one
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    if (const auto at = piece->find(word); at != std::string::npos) {
      const auto head_end = piece->find(empty_line, at);
      const std::size_t body =
          head_end == std::string::npos ? 0 : piece->size() - head_end - empty_line.size();
      piece->replace(at, word.size(), std::to_string(body > 0 ? body : later));
    }
    later += piece->size();
  }
}

std::string blotted(std::string text, const Target& target) {
  for (const As as : {As::user, As::wrong}) {
    const std::string value = target.authorization(as);
    if (value.empty()) continue;
    const std::string secret = value.substr(value.find(' ') + 1);
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
      text.replace(at, secret.size(), "[not shown]");
  }
  return text;
}

std::string shown_output(Target& target) {
  const std::string output = blotted(target.last_output(), target);
  return readable(output, output.size());
}

Exchange start_exchange(const Step& step, const std::string& request, const Target& target) {
  return {describe(step), readable(blotted(request, target), request.size()), "", ""};
}

void show_outcome(Exchange& exchange, const Outcome& outcome, const Target& target) {
  if (!exchange.answer.empty()) exchange.answer += "\n";
  if (outcome.answer) {
    // A little more than is shown, so that no password is cut where it ends.
    const auto& [head, body] = std::tie(outcome.answer->head, outcome.answer->body);
    exchange.answer += readable(blotted(head + body.substr(0, 2 * most), target), head.size() + body.size());
    return;
  }
  exchange.answer += "[" + std::string(outcome.error->what()) + "]";
  if (!outcome.error->received().empty())
    exchange.answer += "\n" + readable(blotted(outcome.error->received(), target),
                                       outcome.error->received().size());
}

}  // namespace conformance
