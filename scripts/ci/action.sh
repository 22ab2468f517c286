#!/usr/bin/env bash
# What action.yml runs: the suite, then its report. The inputs come as INPUT_… variables, as
# text that no shell reads; the exit status is the suite's, and 3 if it could not be brought.
set -euo pipefail

root=$(realpath "$(dirname "$0")/../..")
scratch=$(mktemp -d "${RUNNER_TEMP:-/tmp}/cache-conformance.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

random_word() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# annotate LEVEL MESSAGE: a workflow command, which a line feed would end.
annotate() {
  local text=${2//%/%25}
  text=${text//$'\r'/%0D}
  echo "::$1 title=cache-conformance::${text//$'\n'/%0A}"
}

# output NAME VALUE: a line of the value that ends it cannot be guessed.
output() {
  local end
  end=$(random_word)
  printf '%s<<%s\n%s\n%s\n' "$1" "$end" "$2" "$end" >>"${GITHUB_OUTPUT:-/dev/null}"
}

fail() {
  annotate error "$2"
  output status "$1"
  exit "$1"
}

# input NAME: its value, empty if it was not given.
input() {
  local variable=${1//-/_}
  variable=INPUT_${variable^^}
  printf '%s' "${!variable-}"
}

arguments=()

# with_value INPUT OPTION
with_value() {
  local value
  value=$(input "$1")
  [[ -z $value ]] || arguments+=("$2" "$value")
}

# switch INPUT OPTION
switch() {
  local value
  value=$(input "$1")
  case $value in
    true) arguments+=("$2") ;;
    false | '') ;;
    *) fail 2 "the input $1 is true or false, not '$value'" ;;
  esac
}

with_value url --url
with_value unix-socket --unix-socket
with_value command --spawn
((${#arguments[@]} == 2)) ||
  fail 2 "exactly one of the inputs url, unix-socket and command names the target; given are $((${#arguments[@]} / 2))"
with_value spec --spec
with_value allow --allow
switch strict --strict
switch require-all --require-all
with_value fixtures --fixtures
with_value known-failures --known-failures
with_value username --username
[[ ${INPUT_USERNAME:+given} == "${INPUT_PASSWORD:+given}" ]] ||
  fail 2 'the inputs username and password need each other'
[[ -z ${INPUT_PASSWORD-} ]] || arguments+=(--password-env INPUT_PASSWORD)

# xargs reads quotes and backslashes as a shell does, and expands nothing.
words=$scratch/words
input arguments | xargs -r printf '%s\0' >"$words" 2>"$scratch/errors" ||
  fail 2 "the input arguments: $(tail -n 1 "$scratch/errors")"
mapfile -d '' -t more <"$words"
filter=$(input filter)
[[ $filter != -* ]] || fail 2 "the input filter says which cases to run; options, as '$filter', go into arguments"

# The programs.
suite=cache-conformance report=cache-conformance-report
if [[ -n ${INPUT_WHEEL-} ]]; then
  echo "::group::cache-conformance: install $(tr '\r\n' '  ' <<<"$INPUT_WHEEL")"
  { python3 -m venv "$scratch/venv" && "$scratch/venv/bin/python" -m pip install -- "$INPUT_WHEEL"; } ||
    fail 3 "pip could not install '$INPUT_WHEEL'; the log says why"
  echo '::endgroup::'
  suite=$scratch/venv/bin/$suite report=$scratch/venv/bin/$report
elif ! command -v $suite $report >"$scratch/found" || (($(wc -l <"$scratch/found") < 2)); then
  echo '::group::cache-conformance: build'
  "$root/scripts/build" release cache-server cache-conformance ||
    fail 3 "could not build cache-conformance here; the log says why, and the input wheel needs no build"
  echo '::endgroup::'
  suite=$root/build/bin/$suite report=$root/scripts/report
fi

folder=$(input report)
folder=${folder:-cache-conformance-report}
[[ $folder != -* ]] || folder=./$folder  # no option
mkdir -p -- "$folder" 2>"$scratch/errors" || fail 2 "the input report: $(tail -n 1 "$scratch/errors")"
page=$folder/report.html results=$folder/run.ndjson junit=$folder/junit.xml
rm -f -- "$page" "$results" "$junit"  # of an earlier step

# The suite prints what the target answers: nothing in it is a workflow command.
status=0 token=$(random_word)
echo "::stop-commands::$token"
"$suite" "${arguments[@]}" -r kit -r "ndjson::out=$results" -r "junit::out=$junit" "${more[@]}" \
  ${filter:+"$filter"} 2>"$scratch/errors" &
# Of a job that is cancelled, too, no key is left at the target: the suite deletes its own, and is waited for.
trap "kill -TERM $! 2>/dev/null || true" INT TERM
wait $! || status=$?
while kill -0 $! 2>/dev/null; do wait $! || status=$?; done
cat "$scratch/errors" >&2
printf '\n::%s::\n' "$token"

# Of a run that began, the report says why it did not come to its end.
if ((status > 1)); then
  message=$(grep -v '^[[:space:]]*$' "$scratch/errors" | tail -n 10) || [[ -s $results ]] || message="status $status"
  [[ -z $message ]] || annotate error "$message"
fi

# Without a first line there was no run, and nothing to report.
if [[ -s $results ]]; then
  output results "$results"
  # Its status is the suite's, as long as it makes the page.
  "$report" --html "$page" --annotations --fixtures "${INPUT_FIXTURES:-$root/fixtures}" "$results" || true
  if [[ -e $page ]]; then
    output report "$page"
  else
    annotate warning 'the report could not be made; the log says why'
  fi
fi
output status "$status"
exit "$status"
