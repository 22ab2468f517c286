/// SIGINT, SIGTERM and SIGHUP as something that a wait can notice.
///
/// The first one is only noted: whoever waits stops waiting, the run cleans
/// up and ends. A second SIGINT or SIGTERM ends the process at once. Process-wide.
#pragma once

#include <chrono>

namespace conformance {

/// Takes these signals over, but no SIGHUP that is ignored; may be called again
/// after somebody else has taken them. SIGPIPE is ignored from then on: a write
/// says what went wrong.
void watch_interrupts();

/// Between these two all of them wait: while a handler of somebody else may be in
/// place, which would not clean up.
void hold_interrupts();
void let_interrupts();

/// The signal that asked to stop, or 0.
int interrupted_by();

/// A descriptor that is readable from the first such signal on, for poll().
int interrupt_descriptor();

/// Sleeps, but not on after such a signal.
void sleep_unless_interrupted(std::chrono::milliseconds most);

/// Makes the descriptor quiet again, so that cleaning up can wait for answers;
/// interrupted_by() stays.
void quiet_interrupt_descriptor();

}  // namespace conformance
