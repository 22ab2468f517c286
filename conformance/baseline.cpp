#include "baseline.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <set>
#include <system_error>

#include "explanation.h"
#include "interrupt.h"
#include "replaced.h"
#include "shell_line.h"

namespace conformance {

namespace {

namespace fs = std::filesystem;

/// What is wrong, in one line that is the same in every run.
std::string lasting_reason(const Result& result, const Run& run) {
  constexpr std::size_t most = 300;
  const RunId& id = run.settings().run;
  const std::string digits = id.prefix().substr(id.prefix().size() - 8);
  std::string upper = digits;
  std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
  const Endpoint& endpoint = run.target().endpoint();

  std::string line = replaced(brief_reason(result), endpoint.str(), "the target");
  if (endpoint.unix_socket.empty()) line = replaced(line, endpoint.host_header(), "the target");
  for (const std::string& part : {std::to_string(id.improbable_int()), digits, upper})
    line = replaced(line, part, "…");
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (line.size() <= most) return line;
  std::size_t end = most;
  while ((line[end] & 0xC0) == 0x80) --end;  // not within a letter
  return line.substr(0, end) + "…";
}

std::string line_of(const KnownFailure& entry) {
  const auto member = [](const std::string& name, const std::string& value) {
    return value.empty() ? ""
                         : ", \"" + name + "\": " + Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  return "    {" + member("ids", entry.ids).substr(1) + member("reason", entry.reason) +
         member("link", entry.link) + member("expires", entry.expires) + " }";
}

/// Where a file with this name is, or will be.
fs::path real_path(const std::string& path) {
  std::error_code ignored;
  const fs::path real = fs::weakly_canonical(fs::absolute(path), ignored);
  return real.empty() ? fs::absolute(path) : real;
}

}  // namespace

Baseline baseline(const Run& run, const std::vector<const Case*>& cases) {
  std::map<const Case*, const Result*> judged;  // without those that were left out
  for (const Judged& each : run.judged())
    if (each.result.verdict != Verdict::skipped) judged[each.given] = &each.result;
  const auto has_passed = [&](const Case* given) {
    return judged.contains(given) && (judged[given]->verdict == Verdict::passed ||
                                      judged[given]->verdict == Verdict::unexpected_pass);
  };
  const auto has_failed = [&](const Case* given) { return judged.contains(given) && !has_passed(given); };

  Baseline list;
  std::vector<KnownFailure> entries;
  std::set<const KnownFailure*> kept;
  for (const Case* given : cases) {
    const Result* result = judged.contains(given) ? judged[given] : nullptr;
    if (result && result->crashed) list.crashed.push_back(given->id);
    if (has_passed(given)) continue;

    if (const KnownFailure* known = run.known().covering(*given)) {
      ++list.cases;
      const auto covers_one = [&](const auto& that) {
        return std::any_of(cases.begin(), cases.end(),
                           [&](const Case* other) { return known->covers(other->id) && that(other); });
      };
      const bool split = covers_one(has_passed);
      if (!split && !kept.insert(known).second) continue;
      KnownFailure& entry = entries.emplace_back(*known);
      if (split) entry.ids = given->id;
      if (entry.expired && (split ? has_failed(given) : covers_one(has_failed))) entry.expires.clear();
    } else if (result && !result->crashed && fails_the_run(result->verdict)) {
      ++list.cases;
      KnownFailure& entry = entries.emplace_back();
      entry.ids = given->id;
      entry.reason = lasting_reason(*result, run);
    }
  }
  list.text = "{ \"format\": \"1.0\",\n  \"known\": [";
  for (const KnownFailure& entry : entries)
    list.text += (&entry == &entries.front() ? "\n" : ",\n") + line_of(entry);
  list.text += " ] }\n";
  return list;
}

void require_overwritable_list(const std::string& path) {
  const std::string option = "--write-known-failures " + path + ": ";
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(path, ignored))) {  // a link to nothing, too
    if (!fs::is_regular_file(path, ignored)) throw UsageError(option + "that is no file");
    if (access(path.c_str(), W_OK) != 0) throw UsageError(option + std::generic_category().message(errno));
    try {
      if (fs::file_size(path, ignored) > 0) KnownFailures(path, {});
    } catch (const InputError& error) {
      throw UsageError(option + "a file that is no list of known failures is not overwritten (" +
                       error.what() + ")");
    }
  }
  const fs::path folder = real_path(path).parent_path();
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    throw UsageError(option + "nothing can be written to the folder " + folder.string() + ": " +
                     std::generic_category().message(errno));
}

void say_how_to_unlist(std::ostream& say, const std::string& path, const Run& run) {
  const std::size_t passed = run.count(Verdict::unexpected_pass);
  if (passed == 0) return;
  say << "cache-conformance: " << passed << (passed == 1 ? " case of " : " cases of ") << path
      << " passed; the same run with --write-known-failures " << shell_word(path)
      << " as well takes " << (passed == 1 ? "it" : "them") << " off that list" << std::endl;
}

bool write_baseline(std::ostream& say, const std::string& path, const Run& run,
                    const std::vector<const Case*>& cases) {
  const std::string program = "cache-conformance: ";
  if (interrupted_by() != 0 || !run.unjudged().empty()) {
    say << program << "known failures are not written to " << path << ": "
        << (interrupted_by() != 0 ? "the run was interrupted" : run.unjudged()) << std::endl;
    return true;
  }
  const Baseline list = baseline(run, cases);
  try {
    const fs::path file = real_path(path), made = file.string() + "." + std::to_string(getpid());
    std::ofstream out(made, std::ios::binary);
    out << list.text << std::flush;
    out.close();
    std::error_code error, ignored;
    if (const fs::file_status before = fs::status(file, ignored); fs::exists(before))
      fs::permissions(made, before.permissions(), ignored);
    if (out) fs::rename(made, file, error);
    if (!out || error) {
      fs::remove(made, ignored);
      throw std::runtime_error(error ? error.message() : "it could not be written to its end");
    }
  } catch (const std::exception& error) {
    say << program << "known failures are not written to " << path << ": " << error.what() << std::endl;
    return false;
  }
  if (!list.crashed.empty()) {
    say << program << "a crash is never excused, and the target crashed in";
    for (const std::string& id : list.crashed) say << (&id == &list.crashed.front() ? " " : ", ") << id;
    say << "; leave out what crashes it by a filter: '~ID'\n";
  }
  say << program << "known failures of " << list.cases << (list.cases == 1 ? " case" : " cases")
      << " written to " << path << "; run again with --known-failures " << shell_word(path) << std::endl;
  return true;
}

}  // namespace conformance
