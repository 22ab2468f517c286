/// A case as a conversation, for somebody who has never seen the notation.
#pragma once

#include <string>

#include "case.h"

namespace conformance {

/// Title, sources and needs, then what is sent and what has to come back, step
/// by step. Keys are written `kit-….NAME`.
std::string transcript(const Case& given);

/// A value of the notation, matchers included, in words: `"bar"`, `any int`,
/// `a list with "a" in it`. Texts over 200 bytes are cut.
std::string in_words(const Json& written);

/// What has to come back, in words, on one line.
std::string in_words(const Expectation& expected);

}  // namespace conformance
