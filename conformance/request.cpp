#include "request.h"

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

std::string text_of(const Json& written, const Names& names) {
  return expand(written, names).get<std::string>();
}

Request framed(HttpRequest request, const Target& target, As as) {
  return {request.method, {target.frame(request, as)}, std::move(request)};
}

}  // namespace

std::string Request::bytes() const {
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  return all;
}

std::optional<Request> request_of(const Step& step, const Target& target, const Names& names) {
  if (const auto* call = std::get_if<CallStep>(&step.action))
    return framed(target.call_request({call->method, expand(call->params, names)}), target, step.as);
  if (const auto* post = std::get_if<PostStep>(&step.action)) {
    HttpRequest request{post->method, fill(post->path, target, names), {},
                        fill(text_of(post->body, names), target, names)};
    for (const auto& [name, value] : post->headers)
      request.headers.emplace_back(name, fill(value, target, names));
    return framed(std::move(request), target, step.as);
  }
  if (const auto* send = std::get_if<SendStep>(&step.action)) {
    Request request;
    for (const Json& piece : send->pieces) request.pieces.push_back(text_of(piece, names));
    fill_pieces(request.pieces, target, names);
    const std::string all = request.bytes();
    request.method = all.substr(0, all.find(' '));
    return request;
  }
  return {};
}

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

}  // namespace conformance
