#include "connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "socket_address.h"

namespace cache_server {
namespace {

/// The most that is read of one connection before the others have their turn.
constexpr std::size_t kPiece = std::size_t{64} << 10;

/// The same for what is sent.
constexpr std::size_t kMostSent = std::size_t{1} << 20;

}  // namespace

Connection::Connection(int descriptor, std::uint64_t its_number, std::size_t max_body)
    : number(its_number), framing(max_body), descriptor_(descriptor) {}

Connection::~Connection() { ::close(descriptor_); }

bool Connection::read() {
  std::array<char, kPiece> bytes;
  const ssize_t n = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) {
    client_has_ended_ = true;
  } else if (ending == Ending::no) {
    framing.append(std::string_view(bytes.data(), static_cast<std::size_t>(n)));
  }
  return true;
}

void Connection::send(std::string bytes) {
  if (unsent_.empty()) {
    unsent_ = std::move(bytes);
  } else {
    unsent_ += bytes;
  }
}

bool Connection::write() {
  if (unsent() == 0) return true;
  const ssize_t n = ::send(descriptor_, unsent_.data() + sent_,
                           std::min(unsent(), kMostSent), MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  sent_ += static_cast<std::size_t>(n);
  deadline.reset();  // the client goes on taking it
  if (unsent() > 0) return true;
  sent_ = 0;
  unsent_.clear();
  unsent_.shrink_to_fit();  // thousands of connections may be idle
  return true;
}

std::string Connection::peer() const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getpeername(descriptor_, reinterpret_cast<sockaddr*>(&address), &length);
  return text_of(address, length);
}

}  // namespace cache_server
