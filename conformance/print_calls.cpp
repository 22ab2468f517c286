#include "print_calls.h"

#include <ostream>

#include "preflight.h"
#include "request.h"

namespace conformance {

namespace {

class Printer {
 public:
  Printer(std::ostream& out, const Plan& plan) : out_(out), plan_(plan) {}

  void head() {
    out_ << "target    " << plan_.target.endpoint().str()
         << (plan_.placeholder ? ", which stands for the one that a run is aimed at" : "") << "\n"
         << "spec      " << plan_.spec << "\n"
         << "keys      begin " << plan_.run.prefix()
         << ".; another run draws another number, unless --run-id says so\n"
         << "allowed   ";
    for (const Need need : plan_.allowed) out_ << name_of(need) << " ";
    out_ << (plan_.allowed.empty() ? "nothing\n" : "\n");
  }

  void before() {
    out_ << "\nbefore the first case, each on a connection of its own\n";
    if (plan_.spawned)
      own(ask_version(plan_.name_space), "until it is answered, here and after each restart");
    for (const CallStep& call : first_calls(plan_.name_space))
      own(call, "to see whether there is a " + (is_cache() ? "cache" : "namespace " + plan_.name_space));
    if (plan_.spec != "auto") return;
    const SpecCalls calls = spec_calls(plan_.run);
    own(calls.store, "to find the spec: true is 1.1, a fault 1.0");
    own(calls.remove, "");
  }

  void print(const Case& given) {
    out_ << "\n" << given.id << "  (" << given.place.file << ":" << given.place.line << ")\n";
    if (!given.needs.empty()) {
      out_ << "  needs";
      for (const Need need : given.needs) out_ << " " << name_of(need);
      out_ << "\n";
    }
    if (plan_.spec == "auto" && !given.specs.empty())
      out_ << "  only if the spec is " << *given.specs.begin() << "\n";
    if (const auto why = why_not_allowed(given, plan_.allowed, plan_.spawned); !why.empty()) {
      out_ << "  left out, nothing is sent: " << why << "\n";
      return;
    }
    if (given.needs.contains(Need::exclusive) && is_cache())
      own(list_keys, plan_.spawned ? "a target that holds keys is restarted before the case"
                                   : "the case is left out if the target holds keys");
    const Names names{plan_.run, given.id};
    for (std::size_t i = 0; i < given.steps.size(); ++i) step(i + 1, given.steps[i], names);
    for (const CallStep& call : clean_up_calls(given, names)) own(call, "to clean up");
  }

  void after() {
    if (plan_.spawned || !is_cache()) return;
    out_ << "\nafter the last case\n";
    own(list_keys, "and cache.delete, as above, of each key in the answer that begins " +
                       plan_.run.prefix() + ".");
  }

 private:
  bool is_cache() const { return plan_.name_space == cache_namespace; }

  void step(std::size_t number, const Step& step, const Names& names) {
    out_ << "  " << number << ". ";
    const auto request = request_of(step, plan_.target, names);
    if (const auto* wait = std::get_if<WaitStep>(&step.action)) {
      out_ << "wait " << wait->seconds << " s\n";
    } else if (!request) {
      out_ << "end the target and start it again\n";
    } else {
      out_ << describe(step);
      if (!step.on.empty()) out_ << ", on the connection " << step.on;
      if (step.as == As::nobody) out_ << ", without credentials";
      if (step.as == As::wrong) out_ << ", with wrong credentials";
      out_ << "\n";
      for (std::size_t i = 0; i < request->pieces.size(); ++i) {
        if (i > 0) out_ << "     " << between_pieces.count() << " ms later\n";
        bytes(request->pieces[i]);
      }
    }
  }

  void own(const CallStep& call, const std::string& why) {
    Step step;
    step.action = call;
    out_ << "  *  " << describe(step) << (why.empty() ? "" : ", ") << why << "\n";
    bytes(plan_.target.call_bytes(call));
  }

  void bytes(const std::string& sent) {
    const std::string shown = plan_.target.without_authorization(sent);
    for (std::size_t at = 0; at < shown.size();) {
      const auto end = std::min(shown.find('\n', at), shown.size());
      std::string line = shown.substr(at, end - at);
      std::string visible;
      for (const char c : line) visible += c == '\r' ? std::string("\\r") : std::string(1, c);
      out_ << "     | " << readable(visible) << "\n";
      at = end + 1;
    }
  }

  std::ostream& out_;
  const Plan& plan_;
};

}  // namespace

void print_calls(std::ostream& out, const Plan& plan) {
  Printer printer(out, plan);
  printer.head();
  printer.before();
  for (const Case* given : plan.cases) printer.print(*given);
  printer.after();
}

}  // namespace conformance
