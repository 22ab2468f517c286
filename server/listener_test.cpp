#include "listener.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "temporary_directory.h"

using namespace cache_server;
namespace fs = std::filesystem;

namespace {

/// A socket file that nobody listens on, as a server leaves it that was killed.
void leave_stale_socket(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::close(descriptor);
}

template <class Open>
std::string problem(Open open) {
  try {
    open();
    return "none";
  } catch (const ListenError& error) {
    return error.what();
  }
}

std::string unix_problem(const fs::path& path) {
  return problem([&] { Listener::open_unix(path); });
}

}  // namespace

TEST_CASE("the folder of a socket is locked only until the socket is there") {
  const TemporaryDirectory directory;
  const Listener listener = Listener::open_unix(directory.path / "s.sock");
  const int folder = ::open(directory.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(folder >= 0);
  CHECK(::flock(folder, LOCK_EX | LOCK_NB) == 0);
  ::close(folder);
}

TEST_CASE("port 0 takes a free port, and the URL names it") {
  const Listener listener = Listener::open_inet("127.0.0.1", 0);
  CHECK(listener.url().starts_with("http://127.0.0.1:"));
  CHECK(listener.url().ends_with("/RPC2"));
  CHECK(listener.url() != "http://127.0.0.1:0/RPC2");
  CHECK_FALSE(listener.is_unix());
}

TEST_CASE("a port in use is refused") {
  const Listener listener = Listener::open_inet("127.0.0.1", 0);
  const std::string& url = listener.url();
  const std::string port = url.substr(17, url.size() - 17 - 5);
  CHECK(problem([&] {
          Listener::open_inet("127.0.0.1", static_cast<std::uint16_t>(std::stoi(port)));
        }) == "--port " + port +
                  ": the port is in use on 127.0.0.1; stop what listens "
                  "there, or choose another (0 takes a free one)");
}

TEST_CASE("an address of another machine is refused") {
  CHECK(problem([] { Listener::open_inet("192.0.2.1", 0); }) ==
        "--host 192.0.2.1: this machine has no such address; use one of its own, such as "
        "127.0.0.1");
}

TEST_CASE("an address at which nobody can listen is refused") {
  // It does not say on which interface.
  const std::string said = problem([] { Listener::open_inet("fe80::1", 8080); });
  const std::string without_ipv6 =
      "no socket can be opened: Address family not supported by protocol";
  CHECK((said == without_ipv6 ||
         said == "--host fe80::1 --port 8080: cannot listen: Invalid argument; choose "
                 "another address"));
}

TEST_CASE("a stale socket file is replaced") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path / "s.sock";
  leave_stale_socket(path);
  const Listener listener = Listener::open_unix(path);
  CHECK(listener.is_unix());
  CHECK(listener.url() == "unix:" + path.native());
}

TEST_CASE("a socket on which a server listens is left alone") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path / "s.sock";
  {
    const Listener listener = Listener::open_unix(path);
    CHECK(unix_problem(path) ==
          "--unix-socket " + path.native() +
              ": a running server listens there already; stop it, or "
              "choose another path");
    CHECK(fs::is_socket(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("of many that find a stale socket at once, one listens there") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path / "s.sock";
  leave_stale_socket(path);
  std::mutex mutex;
  std::vector<Listener> listeners;
  std::vector<std::thread> starting;
  for (int i = 0; i < 16; ++i) {
    starting.emplace_back([&] {
      try {
        Listener listener = Listener::open_unix(path);
        const std::lock_guard lock(mutex);
        listeners.push_back(std::move(listener));
      } catch (const ListenError&) {
      }
    });
  }
  for (std::thread& thread : starting) thread.join();
  CHECK(listeners.size() == 1);
}

TEST_CASE("a listener tells who can reach it") {
  CHECK(Listener::open_inet("127.0.0.1", 0).is_loopback());
  CHECK(Listener::open_inet("127.1.2.3", 0).is_loopback());
  CHECK_FALSE(Listener::open_inet("0.0.0.0", 0).is_loopback());
  const TemporaryDirectory directory;
  CHECK(Listener::open_unix(directory.path / "s.sock").is_loopback());
}

TEST_CASE("what is not a socket is never touched") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path / "file";
  std::ofstream(file) << "precious";
  const fs::path link = directory.path / "link";
  leave_stale_socket(directory.path / "stale");
  fs::create_symlink(directory.path / "stale", link);
  for (const fs::path& path : {file, link, directory.path}) {
    CHECK(unix_problem(path) ==
          "--unix-socket " + path.native() +
              ": this exists and is not a socket; choose another path");
    CHECK(fs::exists(path));
  }
  CHECK(fs::file_size(file) == 8);
  CHECK(fs::is_symlink(link));
}

TEST_CASE("a path that cannot be a socket is refused") {
  const TemporaryDirectory directory;
  CHECK(unix_problem("") == "--unix-socket: the path is empty; give one");
  const std::string longest(107, 'x');
  CHECK(unix_problem(longest + "y") ==
        "--unix-socket " + longest +
            "y: a socket's path may have 107 bytes, this has 108; "
            "choose a shorter one");
  const fs::path path = directory.path / "no" / "s.sock";
  CHECK(unix_problem(path) == "--unix-socket " + path.native() +
                                  ": no socket can be made there: No such file or "
                                  "directory; choose another path");
}

TEST_CASE("a file that another server has put in its place is not removed") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path / "s.sock";
  {
    const Listener listener = Listener::open_unix(path);
    fs::rename(path, directory.path / "moved");
    leave_stale_socket(path);
  }
  CHECK(fs::exists(path));
}
