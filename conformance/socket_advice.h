/// What to do about a target that cannot be reached.
#pragma once

#include <string>

#include "endpoint.h"

namespace conformance {

/// One sentence, without a capital and a full stop, from what the file system
/// says of a Unix-domain socket: not there, no socket, not for this user, or
/// nobody listens.
std::string advice_for_unreachable(const Endpoint& endpoint);

}  // namespace conformance
