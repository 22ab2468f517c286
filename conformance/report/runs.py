"""Runs as the columns of a report: the shards of a run that was split are one column."""

import collections
import json
import shlex

import results

VERDICTS = results.VERDICTS
FAILURES = "failed", "blocked", "unexpected-pass"
LEVELS = "must", "should", "observed"


class Column:
    """A run, or the shards of one put together.

    name      what people call the target
    start     the first line of the run, of the first shard if there are several
    cases     the lines of the cases by id, in the order of their places in the fixtures
    doubts    the lines of what came of doubting them, by id
    problems  sentences: why there is no verdict on the whole
    """

    def __init__(self, runs, problems):
        self.start, self.problems, self.name = runs[0].start, problems, ""
        self.cases, self.doubts, self._ends, self.shards = {}, {}, [run.end for run in runs], len(runs)
        for run in runs:
            for name, case in run.cases.items():
                if name in self.cases:
                    problems.append(f"{name} ran in two shards")
                self.cases.setdefault(name, case)
            self.doubts.update(run.doubts)
            if run.end is None:
                problems.append(run.cut_short)
            elif run.end["status"] >= 128:
                problems.append(f"the run was interrupted by signal {run.end['status'] - 128}")
            elif "unjudged" in run.end or run.end["status"] == 3:
                problems.append(run.end.get("unjudged", "the target could not be judged"))
        self.cases = dict(sorted(self.cases.items(), key=lambda item: place_of(item[1])))

    @property
    def target(self):
        return self.start["target"]

    @property
    def spec(self):
        return self.start["spec"]

    @property
    def duration(self):
        """In seconds: that of the longest shard, as they run side by side; None if no run says it."""
        return max((end["duration"] for end in self._ends if end and "duration" in end), default=None)

    @property
    def status(self):
        """The worst exit status of its runs. Who was interrupted has judged no more than who could not go on.

        A case that failed fails the run, whatever its end says.
        """
        if self.problems:
            return 3
        failed = any(case["verdict"] in FAILURES for case in self.cases.values())
        return worst([int(failed), *(end["status"] for end in self._ends)])

    def count(self, verdict, level=None):
        return sum(case["verdict"] == verdict and level in (None, case["level"]) for case in self.cases.values())

    def by_level(self, verdict):
        """How many cases of each level that occurs have it: "3 must, 1 should"."""
        return ", ".join(f"{self.count(verdict, level)} {level}" for level in LEVELS if self.count(verdict, level))

    def with_verdict(self, *verdicts):
        """The lines of these cases: the worst verdict first, then by level."""
        return sorted((case for case in self.cases.values() if case["verdict"] in verdicts), key=severity)

    def again(self, case_id):
        """A command for a shell that runs this case as this run did, or None."""
        again = self.start.get("again")
        return again and f"{again} {shlex.quote(case_id)}"


def occurring(columns):
    """The verdicts that there are, the worst first."""
    return [verdict for verdict in VERDICTS if any(column.count(verdict) for column in columns)]


def skipped(columns):
    """The reasons why cases were skipped, that of most cases first, and how many they are."""
    reasons = collections.Counter(str(case.get("problem", "no reason is given"))
                                  for column in columns for case in column.with_verdict("skipped"))
    return reasons.most_common()


def worst(statuses):
    """3 wins over 1, and 1 over 2, which says that only a report could not be written; another counts as 3."""
    return max((status if status in (0, 1, 2) else 3 for status in statuses), key=(0, 2, 1, 3).index, default=0)


def severity(case):
    level = LEVELS.index(case["level"]) if case["level"] in LEVELS else len(LEVELS)
    return VERDICTS.index(case["verdict"]), level


def place_of(case):
    """File and line, or what is in order before all of them."""
    place = case.get("place")
    if not isinstance(place, dict):
        return "", 0
    file, line = place.get("file"), place.get("line")
    return (file if isinstance(file, str) else "", line if isinstance(line, int) else 0)


def read(paths):
    """The columns of these files, in order, and sentences about what belongs to none of them."""
    runs, lost = [], []
    for path in paths:
        found, problems = results.read_partly(path)
        runs += found
        lost += [sentence for sentence in problems if sentence not in [run.cut_short for run in found]]
    return columns(runs), lost


def columns(runs):
    groups = {}
    for number, run in enumerate(runs):
        # A run that was not split is a column of its own, as often as it is there.
        key = _shared(run) if shard(run)[1] > 1 else number
        groups.setdefault(key, []).append(run)
    made = [_column(group) for group in groups.values()]
    name(made)
    return made


def _column(group):
    problems, index = [], {}
    count = shard(group[0])[1]
    for run in group:
        number = shard(run)[0]
        if number in index:
            problems.append(f"shard {number + 1} of {count} is there twice; only the first is counted")
        index.setdefault(number, run)
    if missing := count - sum(number < count for number in index):
        which = [str(number + 1) for number in range(min(count, 1000)) if number not in index][:20]
        problems.append(f"{missing} of {count} shards {'is' if missing == 1 else 'are'} missing: "
                        f"{', '.join(which)}{' …' if missing > len(which) else ''}")
    return Column([index[number] for number in sorted(index)], problems)


def shard(run):
    """Its index, from 0, and how many there are."""
    options = run.start["options"]
    numbers = options.get("shard_index", 0), options.get("shard_count", 1)
    return numbers if all(isinstance(number, int) and number >= 0 for number in numbers) else (0, 1)


def _shared(run):
    """What the shards of one run share: with another filter, or in another order, they would not be a whole.

    A target that the suite started has another port in each, so that the command stands for it; the program at its
    beginning may be elsewhere on another machine.
    """
    options = dict(run.start["options"], shard_index=None)
    if options.get("order") in ("decl", "lex"):
        options.pop("seed", None)  # each run has drawn one, and it decides nothing
    target = " ".join(words_of(run)[1:]) or run.start["target"]
    return target, run.start["spec"], run.start.get("fixtures"), json.dumps(options, sort_keys=True)


def words_of(run):
    try:
        return shlex.split(run.start.get("again", ""))
    except ValueError:
        return []


def name(columns_, given=()):
    """Names them: as they are given, in order, and else by what is known of the target."""
    taken = []
    for number, column in enumerate(columns_):
        wanted = given[number] if number < len(given) else known_as(column)
        times = taken.count((wanted, column.spec))
        taken.append((wanted, column.spec))
        column.name = wanted if not times else f"{wanted} ({times + 1})"


def known_as(column):
    words = words_of(column)
    if not words:
        return column.target
    if "--spawn" in words[:-1]:
        try:
            spawned = shlex.split(words[words.index("--spawn") + 1])
        except ValueError:
            return column.target
        spawned = [word for word in spawned if word not in ("exec", "env") and "=" not in word]
        named = [spawned[0].rsplit("/", 1)[-1], *spawned[1:]] if spawned else [column.target]
        until = next((at for at, word in enumerate(named) if word.startswith("-")), len(named))
        return " ".join(named[:until]) or column.target
    if {"--url", "--unix-socket", "--config"} & set(words):
        return column.target
    return "cache-server"  # the bundled one, which is started where no target is named
