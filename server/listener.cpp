#include "listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include "socket_address.h"

namespace cache_server {
namespace {

/// Long enough for a burst of connects; the kernel cuts it to its own limit.
constexpr int kBacklog = 1024;

int open_stream(int family) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) {
    throw ListenError(std::string("no socket can be opened: ") + std::strerror(errno));
  }
  return descriptor;
}

std::string inet_problem(const std::string& host, const std::string& port, int error) {
  switch (error) {
    case EADDRINUSE:
      return "--port " + port + ": the port is in use on " + host +
             "; stop what listens there, or choose another (0 takes a free one)";
    case EACCES:
      return "--port " + port +
             ": this user may not listen on that port; choose one "
             "above 1023";
    case EADDRNOTAVAIL:
      return "--host " + host +
             ": this machine has no such address; use one of its own, "
             "such as 127.0.0.1";
    default:
      return "--host " + host + " --port " + port +
             ": cannot listen: " + std::strerror(error) + "; choose another address";
  }
}

/// Held from looking whether somebody listens until we do: of two servers that start at
/// once, one would remove the other's socket. A lock on the folder leaves no file behind.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path)
      : descriptor_(::open(
            (std::filesystem::path(path).parent_path() / ".").c_str(),
            O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    // Others may hold a lock on it for reasons of their own, and for ever.
    for (int i = 0; descriptor_ >= 0 && i < 100; ++i) {
      if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

 private:
  const int descriptor_;
};

/// Makes way for a new socket file at `path`, or throws.
void remove_stale_socket(const std::string& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return;  // bind() says what is wrong
  if (!S_ISSOCK(status.st_mode)) {
    throw ListenError("--unix-socket " + path +
                      ": this exists and is not a socket; choose another path");
  }
  // Non-blocking: a server that is alive but busy gives EAGAIN, and does not hold us up.
  const int probe = open_stream(AF_UNIX);
  const int result =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = result == 0 ? 0 : errno;
  ::close(probe);
  if (error == EACCES) {
    throw ListenError("--unix-socket " + path +
                      ": this user may not open the socket there; choose another path");
  }
  if (error != ECONNREFUSED) {
    throw ListenError("--unix-socket " + path +
                      ": a running server listens there already; stop it, or choose "
                      "another path");
  }
  ::unlink(path.c_str());
}

}  // namespace

Listener Listener::open_inet(const std::string& host, std::uint16_t port) {
  const std::string service = std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), service.c_str(), &hints, &found) != 0) {
    throw ListenError(
        "--host " + host +
        ": no such host; use an address of this machine, such as 127.0.0.1");
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);

  int error = 0;
  for (const addrinfo* address = found; address; address = address->ai_next) {
    Listener listener;
    try {
      listener.descriptor_ = open_stream(address->ai_family);
    } catch (const ListenError&) {  // the machine may be without IPv6
      if (address->ai_next == nullptr) throw;
      continue;
    }
    // So that a port can be taken again right after its server has ended. Not
    // SO_REUSEPORT: with that, a second server would start without a word.
    const int on = 1;
    ::setsockopt(listener.descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener.descriptor_, address->ai_addr, address->ai_addrlen) == 0 &&
        ::listen(listener.descriptor_, kBacklog) == 0) {
      sockaddr_storage bound{};
      socklen_t length = sizeof bound;
      ::getsockname(listener.descriptor_, reinterpret_cast<sockaddr*>(&bound), &length);
      listener.url_ = "http://" + text_of(bound, length) + "/RPC2";
      listener.is_loopback_ = cache_server::is_loopback(bound);
      return listener;
    }
    error = errno;
    // A name may have more than one address. Whoever has the port on the first is
    // somebody's server, and they would not find us on the second.
    if (error == EADDRINUSE) break;
  }
  throw ListenError(inet_problem(host, service, error));
}

Listener Listener::open_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty()) throw ListenError("--unix-socket: the path is empty; give one");
  if (path.size() >= sizeof address.sun_path) {
    throw ListenError("--unix-socket " + path + ": a socket's path may have " +
                      std::to_string(sizeof address.sun_path - 1) + " bytes, this has " +
                      std::to_string(path.size()) + "; choose a shorter one");
  }
  path.copy(address.sun_path, path.size());
  const FolderLock lock(path);
  remove_stale_socket(path, address);

  Listener listener;
  listener.descriptor_ = open_stream(AF_UNIX);
  const mode_t mask = ::umask(S_IRWXG | S_IRWXO);
  const int bound = ::bind(listener.descriptor_,
                           reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(mask);
  if (bound != 0) {
    throw ListenError("--unix-socket " + path + ": no socket can be made there: " +
                      std::strerror(error) + "; choose another path");
  }
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0) listener.inode_ = status.st_ino;
  listener.path_ = path;
  listener.url_ = "unix:" + path;
  if (::listen(listener.descriptor_, kBacklog) != 0) {
    throw ListenError("--unix-socket " + path + ": cannot listen: " +
                      std::strerror(errno) + "; choose another path");
  }
  return listener;
}

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::exchange(other.path_, {})),
      inode_(other.inode_),
      url_(std::move(other.url_)),
      is_loopback_(other.is_loopback_) {}

Listener::~Listener() {
  struct stat status{};
  if (is_unix() && ::lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace cache_server
