/// The list of known failures that --write-known-failures makes of a run:
/// conformance/README.md, "Known failures".
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "run.h"

namespace conformance {

/// A list as it stands in a file, and what it does not say.
struct Baseline {
  std::string text;
  std::size_t cases = 0;             ///< how many it covers
  std::vector<std::string> crashed;  ///< ids: the target crashed in these, which nothing excuses
};

/// Lists what fails the run, in the order of `cases`, which are all for this target and spec. The
/// text depends on the verdicts alone: not on order, ports or the run's keys.
///
/// What the run's own list has of cases that still fail, or that were not judged, is kept. An
/// entry that covers a case which passes now is split into the others; one that has expired, and
/// whose cases were seen to fail, is written without its day.
Baseline baseline(const Run& run, const std::vector<const Case*>& cases);

/// Throws UsageError if the file cannot be written, is none, or holds something that is no such list.
void require_overwritable_list(const std::string& path);

/// Writes the file as a whole or not at all, with the permissions that it had, and says what it has
/// done. A run that was not judged to the end leaves it as it is. False if it could not be written.
bool write_baseline(std::ostream& say, const std::string& path, const Run& run,
                    const std::vector<const Case*>& cases);

/// Where cases passed that the list at `path` has: how they come off it.
void say_how_to_unlist(std::ostream& say, const std::string& path, const Run& run);

}  // namespace conformance
