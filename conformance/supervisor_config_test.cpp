#include "supervisor_config.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

using namespace conformance;

namespace {

const std::string ctl = "[supervisorctl]\n", inet = "[inet_http_server]\n", unix_ = "[unix_http_server]\n";

/// Where, by whom and with which password; or what is wrong.
std::string found(const std::string& text) {
  try {
    const SupervisorConfig config("/etc/s.conf", text);
    const auto credentials = config.credentials();
    return config.endpoint().str() +
           (credentials ? " " + credentials->username + " " + credentials->password : "");
  } catch (const InputError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("The target is what supervisorctl would talk to") {
  CHECK(found(ctl + "serverurl=http://h:1\n" + unix_ + "file=/s") == "http://h:1/RPC2");
  CHECK(found(ctl + "serverurl=http://h/else") == "http://h:80/RPC2");
  CHECK(found(ctl + "serverurl=unix:///a/../s") == "unix:/s");
  CHECK(found(ctl + "serverurl=unix://%(here)s/s") == "unix:/etc/s");
  CHECK(found(inet + "port=1\n" + unix_ + "file=/s") == "unix:/s");
  CHECK(found(inet + "port=*:9001") == "http://127.0.0.1:9001/RPC2");
  CHECK(found(inet + "port=:9001") == "http://127.0.0.1:9001/RPC2");
  CHECK(found(inet + "port=9001") == "http://127.0.0.1:9001/RPC2");
  CHECK(found(inet + "port=Host:9001\n") == "http://Host:9001/RPC2");
  CHECK(found(ctl) == "http://localhost:9001/RPC2");
  setenv("KIT_TEST_PORT", "77", 1);
  CHECK(found(inet + "port=h:%(ENV_KIT_TEST_PORT)s") == "http://h:77/RPC2");
  setenv("HOME", "/home/me", 1);
  CHECK(found(unix_ + "file=~/s") == "unix:/home/me/s");
}

TEST_CASE("User and password are those of supervisorctl, or of who listens there") {
  const std::string me = "username=me\npassword=pw\n", you = "username=you\npassword=%%p\n";
  CHECK(found(ctl + me + inet + "port=1\n" + you) == "http://127.0.0.1:1/RPC2 me pw");
  CHECK(found(ctl + inet + "port=1\n" + you) == "http://127.0.0.1:1/RPC2 you %p");
  CHECK(found(ctl + "serverurl=http://localhost:1\n" + inet + "port=*:1\n" + you) ==
        "http://localhost:1/RPC2 you %p");
  CHECK(found(inet + "port=1\n" + you + unix_ + "file=/s\n" + me) == "unix:/s me pw");
  CHECK(found(unix_ + "file=/s\nusername=\npassword=\n") == "unix:/s");
}

TEST_CASE("A password goes to nobody but who asks for it") {
  const std::string you = "username=you\npassword=p\n";
  CHECK(found(ctl + "serverurl=http://else:1\n" + inet + "port=1\n" + you) == "http://else:1/RPC2");
  CHECK(found(ctl + "serverurl=http://localhost:2\n" + inet + "port=1\n" + you) == "http://localhost:2/RPC2");
  CHECK(found(ctl + "serverurl=unix:///else\n" + unix_ + "file=/s\n" + you) == "unix:/else");
}

TEST_CASE("The place of a password is known, for people") {
  const auto place = [](const std::string& text) {
    return SupervisorConfig("/etc/s.conf", text).password_place();
  };
  CHECK(place(inet + "port=1\nusername=a\npassword=b") == "/etc/s.conf:4");
  CHECK(place(inet + "port=1") == "");
}

TEST_CASE("What is wrong is said with its line, and without the value") {
  CHECK(found("[x]\n") == "/etc/s.conf: there is no [supervisorctl], [unix_http_server] or "
                          "[inet_http_server] in it that says where the supervisord listens");
  CHECK(found(ctl + "serverurl=https://h:1") ==
        "/etc/s.conf:2:1: serverurl: expected http://HOST:PORT or unix:///PATH");
  CHECK(found(ctl + "serverurl=") != "");
  CHECK(found(ctl + "serverurl=http://u:p@h:1") ==
        "/etc/s.conf:2:1: supervisorctl passes over a user and a password in serverurl: give them as "
        "username and password");
  for (const char* port : {"x", "0", "99999", "h:", "u@h:1", "1\n 2"}) {
    CAPTURE(port);
    CHECK(found(inet + "port=" + port) == "/etc/s.conf:2:1: port: expected PORT or HOST:PORT");
  }
  CHECK(found(unix_ + "file=/" + std::string(200, 'x')).starts_with(
      "/etc/s.conf:2:1: the path of a Unix-domain socket has at most 107 bytes"));
  const std::string advice = ": give --username with --password-env NAME or --password-file FILE as well";
  CHECK(found(inet + "port=1\nusername=a") ==
        "/etc/s.conf:3:1: [inet_http_server] has only one of username and password" + advice);
  CHECK(found(ctl + "password=p4") ==
        "/etc/s.conf:2:1: [supervisorctl] has only one of username and password" + advice);
  CHECK(found(unix_ + "file=/s\nusername=a\npassword={SHA}82ab") ==
        "/etc/s.conf:4:1: this is the hash of a password" + advice);
  CHECK(found(unix_ + "file=/s\nusername=a\npassword=5%") ==
        "/etc/s.conf:4:1: password: a % in it is neither %% nor the begin of %(NAME)s");
  CHECK(found(unix_ + "file=%(ENV_KIT_NO_SUCH)s") ==
        "/etc/s.conf:2:1: file: there is no environment variable for a %(ENV_…)s in it");
  CHECK(found(unix_ + "file=%(nonsense)s") ==
        "/etc/s.conf:2:1: file: a %(…)s in it is neither %(here)s nor %(ENV_NAME)s");
}
