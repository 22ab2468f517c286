#include "judgement.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "case_reader.h"

namespace conformance {

namespace fs = std::filesystem;

namespace {

std::string read_text(const Node& node, const Names& names) {
  std::string text;
  for (const Node& part : node.json().is_array() ? node.items() : std::vector{node}) {
    check_notation(part, Matchers::forbidden);
    const Json expanded = expand(part.json(), names);
    if (!expanded.is_string()) part.fail("expected a string or a $key, $concat, $repeat or $hex");
    text += expanded.get<std::string>();
  }
  return text;
}

std::string http(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void read_answer(const Node& node, Judgement& judgement) {
  const Names names = names_of(judgement);
  node.allow_only({"result", "body", "bytes", "closes", "nothing"});
  if (node.has("result") + node.has("body") + node.has("bytes") + node.has("nothing") != 1)
    node.fail("expected one of result, body, bytes, nothing");
  if (node.has("closes")) {
    judgement.closes = node.at("closes").boolean();
    if (!judgement.closes) node.at("closes").fail("the only value here is true");
    if (!node.has("bytes")) node.at("closes").fail_at_key("belongs to bytes");
  }
  if (node.has("result")) {
    judgement.answer = http("<?xml version=\"1.0\"?>\n<methodResponse><params><param><value>" +
                            read_text(node.at("result"), names) +
                            "</value></param></params></methodResponse>\n");
  } else if (node.has("body")) {
    judgement.answer = http(read_text(node.at("body"), names));
  } else if (node.has("bytes")) {
    judgement.answer = read_text(node.at("bytes"), names);
  } else {
    const std::string& nothing = node.at("nothing").string();
    if (nothing != "closed" && nothing != "silence")
      node.at("nothing").fail("expected \"closed\" or \"silence\"");
    judgement.closes = nothing == "closed";
  }
}

void read_expected(const Node& node, Judgement& judgement) {
  if (node.has("setup")) {
    node.allow_only({"setup"});
    judgement.setup = node.at("setup").boolean();
    if (!judgement.setup) node.at("setup").fail("the only value here is true");
    return;
  }
  node.allow_only({"value", "fault", "http", "closed", "oneOf"});
  judgement.expected = read_expectation(node);
}

Judgement read_judgement(const Node& node) {
  node.allow_only({"id", "title", "why", "expected", "answer", "holds"});
  Judgement judgement;
  judgement.place = node.place();
  judgement.id = read_id(node.at("id"));
  read_sentence(node.at("title"));
  if (node.has("why")) read_sentence(node.at("why"));
  read_expected(node.at("expected"), judgement);
  read_answer(node.at("answer"), judgement);
  judgement.holds = node.at("holds").boolean();
  return judgement;
}

}  // namespace

Names names_of(const Judgement& judgement) { return {RunId{0}, judgement.id}; }

std::vector<Judgement> read_judgements(const std::string& folder) {
  std::vector<std::string> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());

  std::vector<Judgement> judgements;
  std::map<std::string, Place> ids;
  for (const std::string& file : files) {
    const Document document(file);
    const Node root = document.root();
    root.allow_only({"format", "title", "judgements"});
    if (root.at("format").string() != "1.0") root.at("format").fail("this program reads \"1.0\"");
    read_sentence(root.at("title"));
    for (const Node& node : root.at("judgements").items()) {
      judgements.push_back(read_judgement(node));
      const auto [earlier, is_new] = ids.emplace(judgements.back().id, node.place());
      if (!is_new)
        node.at("id").fail("the id \"" + judgements.back().id + "\" is used twice; first at " +
                           earlier->second.str());
    }
  }
  return judgements;
}

}  // namespace conformance
