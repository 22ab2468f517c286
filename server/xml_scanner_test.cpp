#include "xml_scanner.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "malformed_call.h"

using namespace cache_server;

namespace {

std::string refusal(const std::string& xml) {
  try {
    scan_xml(xml);
    return "accepted";
  } catch (const MalformedCall& malformed) {
    return std::to_string(malformed.line()) + ": " + malformed.what();
  }
}

}  // namespace

TEST_CASE("text that is nothing but blanks is kept where it can be a value") {
  CHECK(scan_xml("<a>   </a>") == "<a>&#32;  </a>");
  CHECK(scan_xml("<a>\t</a>") == "<a>&#9;</a>");
  CHECK(scan_xml("<a>\r\n\r\n</a>") == "<a>&#10;\r\n</a>");
  CHECK(scan_xml("<a> <!--c--> </a>") == "<a>&#32;<!--c-->&#32;</a>");
  CHECK(scan_xml("<a> <![CDATA[ ]]> </a>") == "<a>&#32;<![CDATA[ ]]>&#32;</a>");
}

TEST_CASE("indentation is left as it is") {
  const std::string xml = "\n<a>\n <b/>\n <c></c>\n</a>\n";
  CHECK(scan_xml(xml) == xml);
}

TEST_CASE("what tinyxml2 cannot read is left out, and lines keep their numbers") {
  CHECK(scan_xml("\xEF\xBB\xBF<?xml version='1.0' encoding='x'?>\n<a/>") == "\n<a/>");
  CHECK(scan_xml("<!DOCTYPE a [\n<!ENTITY e ']>'>\n<!-- ' -->]><a/>") == "\n\n<a/>");
  CHECK(scan_xml("<a>b<?pi > ?>c</a>") == "<a>bc</a>");
}

TEST_CASE("a `>` in an attribute's value does not end the tag") {
  CHECK(scan_xml("<a b='/>' c=\"'>\">x</a>") == "<a b='/>' c=\"'>\">x</a>");
}

TEST_CASE("what is not well-formed is refused, with its line") {
  CHECK(refusal("") == "1: there is no element");
  CHECK(refusal("<!-- only -->\n") == "2: there is no element");
  CHECK(refusal("junk<a/>") == "1: there is text outside the root element");
  CHECK(refusal("<a/>\njunk") == "2: there is text outside the root element");
  CHECK(refusal("<a/><![CDATA[x]]>") == "1: there is text outside the root element");
  CHECK(refusal("<a/>\n<b/>") == "2: there is a second root element");
  CHECK(refusal("<a>\n<b>") == "2: an element is not closed");
  CHECK(refusal("</a>") == "1: an end tag has no start tag");
  CHECK(refusal("<a></a b='c'>") == "1: an end tag holds more than a name");
  CHECK(refusal("<a>< b/></a>") == "1: `<` begins no tag");
  CHECK(refusal("<a b='<'/>") == "1: a tag is not closed");
  CHECK(refusal("<a>\n\n]]></a>") == "3: `]]>` is not allowed in text");
  CHECK(refusal("<a><!-- x") == "1: a comment is not closed");
  CHECK(refusal("<a><!-- -- --></a>") == "1: `--` is not allowed in a comment");
  CHECK(refusal("<a><![CDATA[x") == "1: a CDATA section is not closed");
  CHECK(refusal("<a><?x") == "1: a processing instruction is not closed");
  CHECK(refusal("\n<?xml version='1.0'?><a/>") ==
        "2: an XML declaration must be the first thing in a document");
  CHECK(refusal("<!DOCTYPE a [<a/>") == "1: a DOCTYPE is not closed");
  CHECK(refusal("<a><!DOCTYPE a></a>") == "1: `<!` begins nothing that is allowed here");
}

TEST_CASE("references are checked in text and in attributes") {
  const std::string unknown = "1: `&` begins no reference that is known and allowed";
  for (const char* reference :
       {"&", "& ", "&;", "&nbsp;", "&#;", "&#x;", "&#X41;", "&#1a;", "&#0;", "&#1;",
        "&#11;", "&#xD800;", "&#55357;&#56832;", "&#xFFFE;", "&#xFFFF;", "&#x110000;",
        "&#99999999999999999999;", "&#-1;"}) {
    CAPTURE(reference);
    CHECK(refusal("<a>" + std::string(reference) + "</a>") == unknown);
    CHECK(refusal("<a b='" + std::string(reference) + "'/>") == unknown);
  }
  for (const char* reference : {"&lt;&gt;&amp;&quot;&apos;", "&#9;&#10;&#13;",
                                "&#x1F600;", "&#x10FFFF;", "&#00065;", "&#xFFFD;"}) {
    CHECK(refusal("<a>" + std::string(reference) + "</a>") == "accepted");
  }
  CHECK(refusal("<a><![CDATA[&nope;]]><!-- & --></a>") == "accepted");
}

TEST_CASE("bytes that are not UTF-8, or not XML's characters, are refused anywhere") {
  for (const char* bytes :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80",
        "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF"}) {
    CHECK(refusal("<a>\n" + std::string(bytes) + "</a>") ==
          "2: the text is not valid UTF-8");
  }
  for (const std::string& bytes :
       {std::string(1, '\0'), std::string("\x01"), std::string("\x0B"),
        std::string("\x1F"), std::string("\xEF\xBF\xBE"), std::string("\xEF\xBF\xBF")}) {
    CHECK(refusal("<a>" + bytes + "</a>") == "1: a character is not allowed in XML");
    CHECK(refusal("<a><!--" + bytes + "--></a>") ==
          "1: a character is not allowed in XML");
  }
  CHECK(refusal("<a>\x7F\xC2\x80\xEF\xBF\xBD\xEE\x80\x80\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF<"
                "/a>") == "accepted");
}
