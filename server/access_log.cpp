#include "access_log.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace cache_server {

std::string log_line(const Access& access, std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const std::time_t seconds = system_clock::to_time_t(time);
  const auto milliseconds =
      duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 16> clock;
  std::strftime(clock.data(), clock.size(), "%H:%M:%S", &local);
  std::array<char, 64> figures;
  std::snprintf(figures.data(), figures.size(), "%d %.2f ms", access.status,
                duration<double, std::milli>(access.duration).count());
  std::array<char, 8> fraction;
  std::snprintf(fraction.data(), fraction.size(), ".%03d", static_cast<int>(milliseconds));
  return std::string(clock.data()) + fraction.data() + " " + access.peer + " " +
         figures.data() + " " + access.request;
}

}  // namespace cache_server
