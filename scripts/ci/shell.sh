#!/bin/sh
# In any CI: tests my-server, and keeps the page, the results and a JUnit file in a folder
# (conformance) for the CI to collect. The exit status says whether the job passes.
#
# Copy it, and write your server's command in place of my-server. cache-conformance and
# cache-conformance-report have to be in PATH, from the wheel or from a build.
set -u

folder=${1:-conformance}
mkdir -p "$folder" || exit 2

cache-conformance --spawn 'exec my-server --port {port}' --spec 1.1 --require-all --allow all \
  -r kit -r ndjson::out="$folder/run.ndjson" -r junit::out="$folder/junit.xml"
status=$?

# Where the target could not be judged at all there is nothing to report.
if [ -s "$folder/run.ndjson" ]; then
  cache-conformance-report --html "$folder/report.html" "$folder/run.ndjson"
fi
exit "$status"
