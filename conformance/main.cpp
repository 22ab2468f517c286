/// cache-conformance: options, target, the session of Catch2, exit status.

#include <algorithm>
#include <catch2/catch_session.hpp>
#include <filesystem>
#include <iostream>

#include "baseline.h"
#include "catch_cases.h"
#include "fixture.h"
#include "interrupt.h"
#include "nearest_ids.h"
#include "options.h"
#include "preflight.h"
#include "print_calls.h"
#include "shell_line.h"
#include "transcript.h"

namespace {

using namespace conformance;
namespace fs = std::filesystem;

constexpr int misused = 2;
constexpr int not_judged = 3;

/// How long a spawned target may take until it answers.
constexpr std::chrono::milliseconds start_patience{20'000};

constexpr const char* introduction =
    "cache-conformance " KIT_VERSION
    ": does a server keep what the documents of supervisor_cache say?\n\n"
    "  cache-conformance                                    the bundled cache-server\n"
    "  cache-conformance --url http://127.0.0.1:9001/RPC2   a supervisord that runs\n"
    "  cache-conformance --config /etc/supervisord.conf     the same, with its user and password\n"
    "  cache-conformance --spawn 'my-server --port {port}'  one that is started for the run\n"
    "  cache-conformance --list-tests                       the cases, without any target\n\n"
    "Exit status: 0 passed, 1 failed, 2 bad option, fixture or filter, 3 could not be judged.\n"
    "Without -r a run is reported by `kit`: failures in full, then a summary.\n";

fs::path program_path() { return fs::read_symlink("/proc/self/exe"); }

/// The fixtures that belong to this program, below one of the folders above it: in a
/// checkout `fixtures`, of an installed program those in `share`.
std::string bundled_fixtures() {
  fs::path folder = program_path().parent_path();
  for (int level = 0; level < 4; ++level, folder = folder.parent_path())
    for (const char* place : {"fixtures", "share/supervisor-cache-kit/fixtures"})
      if (fs::exists(folder / place / "behaviours.json")) return (folder / place).string();
  throw UsageError("the bundled fixtures are not there; name a folder with --fixtures DIR");
}

std::string bundled_server(const std::string& spec) {
  const fs::path server = program_path().parent_path() / "cache-server";
  if (!fs::exists(server))
    throw TargetError("the bundled cache-server is not beside this program (" + server.string() +
                      "); name a target with --url, --unix-socket or --spawn");
  return "exec " + shell_word(server.string()) + " --port {port} --spec " + spec;
}

/// What is looked for where no spec is named. There are two of the cache; any other namespace has
/// one, in which values are of any type.
std::string spec_to_run(const Options& options, const Fixtures& fixtures) {
  const bool is_cache = fixtures.name_space() == cache_namespace;
  if (options.spec.empty() && !options.names_target() && is_cache) return "1.0";
  if (!options.spec.empty() && options.spec != "auto") return options.spec;
  return is_cache ? "auto" : "1.1";
}

std::unique_ptr<Target> open_target(const Options& options, const std::string& name_space) {
  const std::chrono::milliseconds patience =
      std::min(start_patience, options.deadline_value().value_or(start_patience));
  auto credentials = options.credentials();
  if (const auto endpoint = options.endpoint())
    return std::make_unique<Target>(*endpoint, credentials);
  if (!options.names_target() && name_space != cache_namespace)
    throw UsageError("the bundled cache-server, which is started where no target is named, does not serve the "
                     "namespace " + name_space + ": name a target with --url, --unix-socket, --config or --spawn");
  const std::string spec = options.spec == "1.1" ? "1.1" : "1.0";
  return std::make_unique<Target>(options.spawn.empty() ? bundled_server(spec) : options.spawn,
                                  credentials, patience, name_space);
}

/// The cases that say something about this target in this spec.
std::vector<const Case*> select(const Fixtures& fixtures, const std::string& spec,
                                const Target& target) {
  const std::string socket = target.endpoint().unix_socket.empty() ? "inet" : "unix";
  std::vector<const Case*> cases;
  for (const Case& given : fixtures.cases())
    if ((spec == "auto" || given.belongs_to(spec)) && given.belongs_on(socket) &&
        (target.has_credentials() || !given.credentials))
      cases.push_back(&given);
  return cases;
}

/// All cases, or those of one spec: what can be listed without a target.
std::vector<const Case*> select(const Fixtures& fixtures, const std::string& spec) {
  std::vector<const Case*> cases;
  for (const Case& given : fixtures.cases())
    if (spec.empty() || spec == "auto" || given.belongs_to(spec)) cases.push_back(&given);
  return cases;
}

/// A case of our own for a spec that the target would not tell.
Case undecided_case() {
  Case given;
  given.id = "spec-can-be-told";
  given.suite = "preflight";
  given.title = "storing an integer is either done or refused with a fault";
  given.place = {"--spec auto", 1, 1};
  return given;
}

/// A target for --print-calls: the one named, or what stands for it.
Target planned_target(const Options& options) {
  Endpoint endpoint;
  endpoint.host = "HOST";
  endpoint.port = "PORT";
  if (options.spawn.find("{socket}") != std::string::npos) endpoint = {"", "", "SOCKET"};
  return Target(options.endpoint().value_or(endpoint), options.credentials());
}

int show(const Options& options, const Fixtures& fixtures) {
  std::vector<const Case*> shown;
  for (const std::string& id : options.show) {
    const auto found = std::find_if(fixtures.cases().begin(), fixtures.cases().end(),
                                    [&](const Case& given) { return given.id == id; });
    if (found == fixtures.cases().end())
      throw UsageError("--show " + id + ": there is no such case; the nearest are " +
                       nearest_ids(fixtures.cases(), id));
    shown.push_back(&*found);
  }
  for (const Case* given : shown)
    std::cout << (given == shown.front() ? "" : "\n") << transcript(*given);
  std::cout << std::flush;
  return 0;
}

int print_plan(Catch::Session& session, Options& options, const Fixtures& fixtures) {
  options.read_config();
  const Target target = planned_target(options);
  const bool named = options.endpoint().has_value();
  const std::string spec = spec_to_run(options, fixtures);
  const auto cases = select(fixtures, spec, target);
  register_cases(cases);
  require_match(session, " of spec " + spec, fixtures.cases());
  const Plan plan{target, !named, !named, spec, options.run(), options.allowed(!named),
                  selected_cases(session, cases), fixtures.name_space()};
  print_calls(std::cout, plan);
  return 0;
}

int run_suite(Catch::Session& session, Options& options, const char* program) {
  const Fixtures fixtures(options.fixtures.empty() ? std::vector{bundled_fixtures()}
                                                   : options.fixtures);

  const KnownFailures known = options.known();
  if (!options.show.empty()) return show(options, fixtures);

  choose_reporter(session);
  const auto& config = session.configData();
  if (config.listTests || config.listTags || config.listReporters || config.listListeners) {
    register_cases(select(fixtures, options.spec));
    if (config.listTests) require_match(session, "", fixtures.cases());
    return session.run() == 0 ? 0 : misused;
  }

  if (options.print_calls) return print_plan(session, options, fixtures);
  const std::string& list = options.write_known_failures;
  if (!list.empty() && config.abortAfter >= 0)
    throw UsageError("--write-known-failures needs every case to run: leave --abort and --abortx out");
  if (!list.empty()) require_overwritable_list(list);
  if (!options.sweep) open_reports(session);

  const auto start = Clock::now();
  Deadline deadline = Deadline::max();
  if (const auto most = options.deadline_value()) deadline = start + *most;
  const std::string spec = spec_to_run(options, fixtures);

  options.read_config();
  std::unique_ptr<Target> target;
  Settings settings;
  CatchRun context;
  try {
    target = open_target(options, fixtures.name_space());
    settings = {options.run(), options.allowed(target->spawned()), options.strict,
                options.timeout_value(), deadline, options.password_source(), options.doubt,
                fixtures.name_space(), !options.fixtures.empty() && !fixtures.names_name_space(),
                !options.names_target()};
    if (options.sweep) {
      const auto name = [](const std::string& key) {
        const std::string text = brief(Json(key), std::string::npos);
        std::cout << "  " << text.substr(1, text.size() - 2) << std::endl;
      };
      const std::size_t deleted = sweep_left_over(*target, settings, name);
      std::cout << "keys of earlier runs deleted from " << target->endpoint().str() << ": " << deleted
                << std::endl;
      return 0;
    }
    context.seen = look_at(*target, spec, settings);
  } catch (const TargetError& error) {
    if (Clock::now() < deadline) throw;
    throw TargetError(std::string("--deadline was reached before the first case: ") + error.what());
  }
  context.again = shell_word(program) + options.again(context.seen.spec);
  context.as_user = options.again_as_user();
  context.require_all = options.require_all;
  context.fixtures = &fixtures;
  context.options = options.deciding(settings);
  Run run(*target, settings, known);
  context.run = &run;

  auto cases = select(fixtures, context.seen.spec, *target);
  const Case undecided = undecided_case();
  if (!context.seen.undecided.empty()) {
    context.undecided = &undecided;
    cases.insert(cases.begin(), &undecided);
  }
  known.check(cases);
  register_cases(cases);
  const int status = run_cases(session, context);
  if (list.empty() && status == 1) say_how_to_unlist(std::cerr, options.known_failures, run);
  if (list.empty() || (status == misused && run.judged().empty())) return status;
  const bool written = write_baseline(std::cerr, list, run, cases);
  return written || status != 0 ? status : misused;
}

/// Whether it can be read; Catch2 has said why not.
bool read_command_line(Catch::Session& session, int argc, char** argv) {
  try {
    return session.applyCommandLine(argc, argv) == 0;
  } catch (const std::exception& error) {  // what Catch2 makes of two reports to one place
    throw UsageError(std::string(error.what()) +
                     "; with several -r all but one need a file: -r ndjson::out=FILE");
  }
}

}  // namespace

int main(int argc, char** argv) {
  Catch::Session session;
  Options options;
  options.add_to(session);
  try {
    if (!read_command_line(session, argc, argv)) return misused;
    if (options.version) {
      std::cout << "cache-conformance " KIT_VERSION << std::endl;
      return 0;
    }
    if (session.configData().showHelp) {  // Catch2 has listed the options already
      std::cout << introduction;
      return 0;
    }
    options.check();
    watch_interrupts();
    return run_suite(session, options, argv[0]);
  } catch (const InputError& error) {
    std::cerr << error.what() << std::endl;
    return misused;
  } catch (const UsageError& error) {
    std::cerr << "cache-conformance: " << error.what() << std::endl;
    return misused;
  } catch (const TargetError& error) {
    std::cerr << "cache-conformance: " << error.what() << std::endl;
    return not_judged;
  } catch (const Interrupted&) {
    std::cerr << "cache-conformance: interrupted by signal " << interrupted_by() << std::endl;
    return 128 + interrupted_by();
  } catch (const std::exception& error) {
    std::cerr << "cache-conformance: " << error.what() << std::endl;
    return not_judged;
  }
}
