/// Command lines that people paste into a shell.
#pragma once

#include <string>

#include "target.h"

namespace conformance {

/// One word of a command line, quoted if it needs it, on one line: control
/// characters are written as bash and its kin read them, in $'…'.
std::string shell_word(const std::string& word);

/// The `curl` command that sends `request` to the target again. The password
/// is not in it: `password_source` is a shell word that gives it, such as
/// `"$NAME"`. Empty where a command line cannot carry the body (over 8,000
/// bytes, or a NUL in it).
std::string curl_line(const Target& target, const HttpRequest& request, As as,
                      const std::string& password_source);

/// The same for exact bytes, with `printf` and `nc`.
std::string netcat_line(const Target& target, const std::string& bytes);

}  // namespace conformance
