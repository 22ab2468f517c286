#include "xml_scanner.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "malformed_call.h"
#include "xml_text.h"

namespace cache_server {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_blank(char c) { return kXmlBlanks.find(c) != npos; }

bool is_all_blanks(std::string_view text) {
  return text.find_first_not_of(kXmlBlanks) == npos;
}

/// Whether `name`, what stands between `&` and `;`, may be referred to.
bool is_known_reference(std::string_view name) {
  if (!name.starts_with('#')) {
    return name == "lt" || name == "gt" || name == "amp" || name == "quot" ||
           name == "apos";
  }
  const bool hex = name.starts_with("#x");
  const std::string_view digits = name.substr(hex ? 2 : 1);
  char32_t code_point = 0;
  for (const char c : digits) {
    char32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<char32_t>(c - '0');
    } else if (hex && c >= 'a' && c <= 'f') {
      digit = static_cast<char32_t>(c - 'a' + 10);
    } else if (hex && c >= 'A' && c <= 'F') {
      digit = static_cast<char32_t>(c - 'A' + 10);
    } else {
      return false;
    }
    code_point = code_point * (hex ? 16 : 10) + digit;
    if (code_point > 0x10FFFF) return false;  // and so it never overflows
  }
  return !digits.empty() && is_xml_character(code_point);
}

class Scanner {
 public:
  explicit Scanner(std::string_view body) : body_(body) {}

  std::string scan() {
    check_characters();
    out_.reserve(body_.size() + 16);
    if (body_.starts_with("\xEF\xBB\xBF")) position_ = 3;
    if (rest().starts_with("<?xml") && rest().size() > 5 && is_blank(rest()[5])) {
      leave_out(end_of("?>", 5, "an XML declaration is not closed"));
    }
    while (position_ < body_.size()) {
      if (body_[position_] != '<') {
        text();
      } else if (rest().starts_with("<!--")) {
        comment();
      } else if (rest().starts_with("<![CDATA[")) {
        cdata();
      } else if (rest().starts_with("<?")) {
        processing_instruction();
      } else if (rest().starts_with("<!")) {
        doctype();
      } else {
        tag();
      }
    }
    if (!root_seen_) fail("there is no element");
    if (depth_ > 0) fail("an element is not closed");
    return std::move(out_);
  }

 private:
  std::string_view rest() const { return body_.substr(position_); }

  [[noreturn]] void fail(const std::string& message) const {
    fail_at(position_, message);
  }

  [[noreturn]] void fail_at(std::size_t offset, const std::string& message) const {
    const auto end = body_.begin() + static_cast<std::ptrdiff_t>(offset);
    throw MalformedCall(1 + static_cast<int>(std::count(body_.begin(), end, '\n')),
                        message);
  }

  void check_characters() const {
    if (const auto at = find_invalid_utf8(body_); at != npos) {
      fail_at(at, "the text is not valid UTF-8");
    }
    if (const auto at = find_non_xml_character(body_); at != npos) {
      fail_at(at, "a character is not allowed in XML");
    }
  }

  /// Checks the references in the next `length` bytes.
  void check_references(std::size_t length) const {
    const std::string_view run = body_.substr(position_, length);
    for (auto at = run.find('&'); at != npos; at = run.find('&', at + 1)) {
      const auto end = run.find(';', at);
      if (end == npos || !is_known_reference(run.substr(at + 1, end - at - 1))) {
        fail_at(position_ + at, "`&` begins no reference that is known and allowed");
      }
    }
  }

  /// The length of the markup that begins here and ends with `terminator`, which is
  /// looked for after the first `skip` bytes.
  std::size_t end_of(std::string_view terminator, std::size_t skip,
                     const char* unclosed) const {
    const auto end = body_.find(terminator, position_ + skip);
    if (end == npos) fail(unclosed);
    return end + terminator.size() - position_;
  }

  void copy(std::size_t length) {
    out_.append(rest().substr(0, length));
    position_ += length;
  }

  /// Skips `length` bytes. Outside the root their line ends are kept, so that
  /// tinyxml2's line numbers stay right.
  void leave_out(std::size_t length) {
    if (depth_ == 0) {
      const std::string_view run = body_.substr(position_, length);
      out_.append(static_cast<std::size_t>(std::count(run.begin(), run.end(), '\n')),
                  '\n');
    }
    position_ += length;
  }

  void text() {
    const std::size_t end = std::min(body_.find('<', position_), body_.size());
    const std::string_view run = body_.substr(position_, end - position_);
    const bool blank = is_all_blanks(run);
    if (depth_ > 0) {
      if (const auto at = run.find("]]>"); at != npos) {
        fail_at(position_ + at, "`]]>` is not allowed in text");
      }
      check_references(run.size());
      if (blank && can_be_a_value(end)) keep_first_blank();
    } else if (!blank) {
      fail_at(position_ + run.find_first_not_of(kXmlBlanks),
              "there is text outside the root element");
    }
    copy(end - position_);
  }

  /// Only an element without children has text that counts: what follows an end tag or
  /// precedes a start tag is indentation.
  bool can_be_a_value(std::size_t end) const {
    const std::string_view next = body_.substr(end, 2);
    return after_start_tag_ && (next == "</" || next == "<!" || next == "<?");
  }

  void keep_first_blank() {
    const char blank = body_[position_++];
    if (blank == '\r' && rest().starts_with('\n')) ++position_;
    out_.append(blank == ' ' ? "&#32;" : blank == '\t' ? "&#9;" : "&#10;");
  }

  void comment() {
    const std::size_t length = end_of("--", 4, "a comment is not closed") + 1;
    if (rest().substr(length - 1, 1) != ">") fail("`--` is not allowed in a comment");
    copy(length);
  }

  void cdata() {
    if (depth_ == 0) fail("there is text outside the root element");
    copy(end_of("]]>", 9, "a CDATA section is not closed"));
  }

  void processing_instruction() {
    const std::size_t length = end_of("?>", 2, "a processing instruction is not closed");
    if (rest().starts_with("<?xml") && (is_blank(rest()[5]) || rest()[5] == '?')) {
      fail("an XML declaration must be the first thing in a document");
    }
    leave_out(length);
  }

  void doctype() {
    if (!rest().starts_with("<!DOCTYPE") || root_seen_ || doctype_seen_) {
      fail("`<!` begins nothing that is allowed here");
    }
    doctype_seen_ = true;
    bool in_subset = false;
    char quote = '\0';
    for (std::size_t i = 9; i < rest().size(); ++i) {
      const char c = rest()[i];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (rest().substr(i).starts_with("<!--")) {
        const auto end = rest().find("-->", i + 4);
        if (end == npos) break;
        i = end + 2;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '[' || c == ']') {
        in_subset = c == '[';
      } else if (c == '>' && !in_subset) {
        return leave_out(i + 1);
      }
    }
    fail("a DOCTYPE is not closed");
  }

  void tag() {
    const std::size_t length = tag_length();
    const std::string_view inner = rest().substr(1, length - 2);
    const bool closes = inner.starts_with('/');
    const std::string_view name = inner.substr(closes ? 1 : 0);
    if (name.empty() || is_blank(name[0])) fail("`<` begins no tag");
    if (closes) {
      const auto end = std::min(name.find_first_of(kXmlBlanks), name.size());
      if (!is_all_blanks(name.substr(end))) fail("an end tag holds more than a name");
      if (depth_ == 0) fail("an end tag has no start tag");
      --depth_;
    } else {
      if (depth_ == 0 && root_seen_) fail("there is a second root element");
      check_references(length);
      root_seen_ = true;
      if (!inner.ends_with('/')) ++depth_;
    }
    after_start_tag_ = !closes && !inner.ends_with('/');
    copy(length);
  }

  /// The length of the tag that begins here; a `>` in an attribute's value is not its
  /// end.
  std::size_t tag_length() const {
    char quote = '\0';
    for (std::size_t i = 1; i < rest().size(); ++i) {
      const char c = rest()[i];
      if (c == '<') break;
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        return i + 1;
      }
    }
    fail("a tag is not closed");
  }

  const std::string_view body_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;  // open elements
  bool root_seen_ = false;
  bool doctype_seen_ = false;
  bool after_start_tag_ = false;  // the last tag was a start tag
  std::string out_;
};

}  // namespace

std::string scan_xml(std::string_view body) { return Scanner(body).scan(); }

}  // namespace cache_server
