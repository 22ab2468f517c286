#include "socket_advice.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace conformance {

namespace {

std::string user_name(uid_t id) {
  const passwd* user = getpwuid(id);
  return user ? user->pw_name : std::to_string(id);
}

std::string group_name(gid_t id) {
  const group* found = getgrgid(id);
  return found ? found->gr_name : std::to_string(id);
}

}  // namespace

std::string advice_for_unreachable(const Endpoint& endpoint) {
  const char* path = endpoint.unix_socket.c_str();
  if (endpoint.unix_socket.empty()) return "is the target running?";
  struct stat seen = {};
  if (stat(path, &seen) != 0)
    return errno == EACCES ? "a folder above it may not be entered by the user " + user_name(geteuid())
                           : "is the target running?";
  if (S_ISDIR(seen.st_mode)) return "it is a folder, and no socket";
  if (!S_ISSOCK(seen.st_mode)) return "it is a file, and no socket";
  if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
    return "nobody listens there any more: is the target running?";
  char mode[8] = "";
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(seen.st_mode & 07777));
  return "it belongs to the user " + user_name(seen.st_uid) + " and the group " +
         group_name(seen.st_gid) + " with mode " + mode + ", and this is the user " +
         user_name(geteuid()) +
         ": run as one who may write there, or give [unix_http_server] another chmod or chown";
}

}  // namespace conformance
