#include <regex>

#include "edit.h"
#include "mutant.h"

namespace cache_server {
namespace {

/// Longer texts are left as they are: std::regex takes some stack for each character.
constexpr std::size_t kLongest = 16384;

/// Calls with what the expression finds replaced: what a reader makes of it.
Variant with_read(const char* expression, const char* by) {
  return with_call([=, expression = std::regex(expression)](std::string body) {
    return body.size() > kLongest ? body : std::regex_replace(body, expression, by);
  });
}

/// Calls in which the expression finds something cannot be read.
Variant with_unreadable(const char* expression) {
  return with_call([expression = std::regex(expression)](std::string body) {
    const bool is_it = body.size() <= kLongest && std::regex_search(body, expression);
    return is_it ? std::string("?") : body;
  });
}

/// Answers with what the expression finds written otherwise.
Variant with_written(const char* expression, const char* by) {
  return with_response([=, expression = std::regex(expression)](std::string body) {
    return body.size() > kLongest ? body : std::regex_replace(body, expression, by);
  });
}

/// UTF-8 in which each byte of `text` has become a character.
std::string as_latin_1(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

std::vector<Mutant> documents() {
  return {
      {"declaration-quotes", "any-client-rpc2", "1.0 1.1", "a declaration has double quotes",
       [] { return with_unreadable("^<\\?xml version='"); }},
      {"declaration-standalone", "any-client-rpc2", "1.0 1.1", "a declaration ends with the encoding",
       [] { return with_unreadable("^<\\?xml[^>]*standalone"); }},
      {"mark-refused", "any-client-rpc2", "1.0 1.1", "a byte order mark cannot be read",
       [] { return with_unreadable("^\xEF\xBB\xBF"); }},
      {"encoding-in-capitals", "any-client-rpc2", "1.0 1.1", "utf-8 in small letters is read as Latin-1",
       [] {
         return with_call([](std::string body) {
           return body.find("encoding=\"utf-8\"") == body.npos ? body : as_latin_1(body);
         });
       }},
      {"comments-refused", "any-client-rpc2", "1.0 1.1", "a call with a comment cannot be read",
       [] { return with_unreadable("<!--"); }},
      {"params-of-one-tag", "any-client-rpc2", "1.0 1.1", "no parameters in one tag cannot be read",
       [] { return with_unreadable("<params/>"); }},
      {"blanks-after-call", "any-client-rpc2", "1.0 1.1", "blanks after a call cannot be read",
       [] { return with_unreadable("</methodCall>\\s+\r\n$"); }},
      {"tags-with-blanks", "any-client-rpc2", "1.0 1.1", "a tag with blanks in it is another tag",
       [] { return with_unreadable("</?method(Call|Name)\\s+>"); }},
      {"name-in-cdata", "any-client-rpc2", "1.0 1.1", "a method's name in CDATA is empty",
       [] { return with_read("<methodName><!\\[CDATA\\[.*\\]\\]></methodName>", "<methodName/>"); }},
      {"name-in-references", "any-client-rpc2", "1.0 1.1", "references in a method's name are left out",
       [] { return with_read("(<methodName>[^<]*)&#[^;]*;", "$1"); }},
  };
}

std::vector<Mutant> types() {
  return {
      {"untyped-trimmed", "xmlrpc-types", "1.0 1.1", "blanks around text without a type are left out",
       [] { return with_read("<value>\\s+([^<\\s])|([^<\\s])\\s+</value>", "$2<value>$1"); }},
      {"untyped-empty", "xmlrpc-types", "1.0 1.1", "a value without anything is nil",
       [] { return with_read("<value></value>|<value ?/>", "<value><nil/></value>"); }},
      {"typed-empty-tag", "xmlrpc-types", "1.0 1.1", "a string in one tag is nil",
       [] { return with_read("<string ?/>", "<nil/>"); }},
      {"blank-dropped", "xmlrpc-types", "1.0 1.1", "text of nothing but blanks is empty",
       [] { return with_read("<value>[ \t\n]+</value>", "<value></value>"); }},
      {"cdata-left-out", "xmlrpc-types", "1.0 1.1", "CDATA is no text",
       [] { return with_read("<!\\[CDATA\\[[^\\]]*\\]\\]>", ""); }},
      {"cdata-once", "xmlrpc-types", "1.0 1.1", "what follows a CDATA section is left out",
       [] { return with_read("\\]\\]>[^<]+", "]]>"); }},
      {"comment-ends-text", "xmlrpc-types", "1.0 1.1", "a comment ends a text",
       [] { return with_read("<!--[^-]*-->[^<]+", ""); }},
      {"references-twice", "xmlrpc-types", "1.0 1.1", "references that text spells are read, too",
       [] { return with_read("&amp;(lt|gt|amp|#[0-9]+);", "&$1;"); }},
      {"references-of-16-bits", "xmlrpc-types", "1.0 1.1", "a reference has five digits at most",
       [] { return with_read("&#([0-9]{6}|[xX]0*[0-9a-fA-F]{5});", "?"); }},
      {"references-decimal", "xmlrpc-types", "1.0 1.1", "hexadecimal references cannot be read",
       [] { return with_unreadable("&#x"); }},
      {"line-ends-kept", "xmlrpc-types", "1.0 1.1", "CR LF in a text stays",
       [] { return with_read("([^>\r\n])\r\n", "$1&#13;\n"); }},
      {"i4-unknown", "xmlrpc-types", "1.1", "i4 is a string",
       [] { return with_read("<(/?)i4>", "<$1string>"); }},
      {"int-plus", "xmlrpc-types", "1.1", "an integer with a plus sign cannot be read",
       [] { return with_unreadable("<int>\\+"); }},
      {"int-octal", "xmlrpc-types", "1.1", "an integer with a zero in front is octal",
       [] {
         return with_call([](std::string body) {
           std::smatch octal;
           if (!std::regex_search(body, octal, std::regex("<int>(0[0-7]+)</int>"))) return body;
           const int value = std::stoi(octal[1], nullptr, 8);
           return replaced(body, octal[0].str(), "<int>" + std::to_string(value) + "</int>");
         });
       }},
      {"double-plus", "xmlrpc-types", "1.1", "a double with a plus sign cannot be read",
       [] { return with_unreadable("<double>\\+"); }},
      {"array-without-items", "xmlrpc-types", "1.1", "an array whose data is one tag cannot be read",
       [] { return with_unreadable("<data ?/>"); }},
      {"struct-of-typed", "xmlrpc-types", "1.1", "a member without a type is empty",
       [] { return with_read("</name>(\\s*)<value>[^<]+</value>", "</name><value></value>"); }},
      {"int-without-sign", "xmlrpc-types", "1.1", "negative integers are answered without a sign",
       [] { return with_written("<int>-([0-9]+)", "<int>$1"); }},
      {"date-with-dashes", "xmlrpc-types", "1.1", "dates are answered with dashes",
       [] { return with_written("<dateTime.iso8601>([0-9]{4})([0-9]{2})", "<dateTime.iso8601>$1-$2-"); }},
  };
}

std::vector<Mutant> answers() {
  return {
      {"escaped-twice", "response-form", "1.0 1.1", "references in answers are escaped again",
       [] { return with_written("&(lt|gt|amp);", "&amp;$1;"); }},
      {"end-of-cdata", "response-form", "1.0 1.1", "]]> is not escaped in answers",
       [] { return with_written("\\]\\]&gt;", "]]>"); }},
      {"declared-latin-1", "response-form", "1.0 1.1", "answers are declared to be in Latin-1",
       [] { return with_written("^<\\?xml version='1.0'", "<?xml version='1.0' encoding='ISO-8859-1'"); }},
      {"faults-in-line-two", "response-form", "1.0 1.1", "the answer to an unknown method begins with an empty line",
       [] {
         return with_response([](std::string body) {
           return body.find("UNKNOWN_METHOD") == body.npos ? body : "\n" + body;
         });
       }},
  };
}

}  // namespace

std::vector<Mutant> xml_mutants() {
  std::vector<Mutant> all;
  for (const auto& list : {documents(), types(), answers()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

}  // namespace cache_server
