#!/usr/bin/env bash
# A step of action.yml: grade, write the step summary, annotate, and fail below the threshold.
# All inputs come as environment variables, so that none of them is ever read as part of a command.
set -uo pipefail
set -f # a region such as "*" is no pattern
# python -I throughout: the folder that this runs in is a checkout of somebody's, and its modules are not ours.

folder="${RUNNER_TEMP:?}/lab-report"
rm -rf "$folder"
mkdir -p "$folder"

options=(
  --json "$folder/result.json"
  --html "$folder/report.html"
  --junit "$folder/junit.xml"
  --sarif "$folder/results.sarif"
  --markdown "$folder/summary.md"
  --annotations "$folder/annotations.txt"
)
[ -z "${GRADER_RUBRIC:-}" ] || options+=(--rubric "$GRADER_RUBRIC")
[ "${GRADER_TRUST_CHECKS:-false}" != true ] || options+=(--trust-checks)
[ -z "${GRADER_VARIANT:-}" ] || options+=(--variant "$GRADER_VARIANT")
[ -z "${GRADER_FAIL_UNDER:-}" ] || options+=(--fail-under "$GRADER_FAIL_UNDER")
[ -z "${GRADER_BASELINE:-}" ] || options+=(--baseline "$GRADER_BASELINE")

if [ -n "${GRADER_EVIDENCE:-}" ]; then
  command=(grade "${options[@]}" -- "$GRADER_EVIDENCE")
else
  command=(check "${options[@]}")
  for region in ${GRADER_REGIONS:-}; do command+=(--region "$region"); done
  [ -z "${GRADER_ROLE_ARN:-}" ] || command+=(--role-arn "$GRADER_ROLE_ARN")
  [ -z "${GRADER_EXTERNAL_ID:-}" ] || command+=(--external-id "$GRADER_EXTERNAL_ID")
  [ "${GRADER_PROBE:-true}" = true ] || command+=(--no-probe)
fi

# What the grader prints holds names from the account. A line of it that looks like a workflow command is not obeyed
# between these two marks, and nobody outside can know the second.
mark="$(python -I -c 'import secrets; print(secrets.token_hex(32))')"
echo "::stop-commands::$mark"
python -I -m grader "${command[@]}"
code=$?
echo "::$mark::"

{
  echo "exit-code=$code"
  echo "folder=$folder"
} >> "${GITHUB_OUTPUT:?}"
if [ -s "$folder/result.json" ]; then
  echo "result=$folder/result.json" >> "$GITHUB_OUTPUT"
  python -I -c '
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    result = json.load(file)
feeds = result["feeds"]
if feeds["score"] is not None:  # nothing could be judged: there is no score, not even 0
    print("score=%r" % float(feeds["score"]))
print("max-score=%r" % float(feeds["max_score"]))
' "$folder/result.json" >> "$GITHUB_OUTPUT"
fi
[ ! -s "$folder/summary.md" ] || cat "$folder/summary.md" >> "${GITHUB_STEP_SUMMARY:?}"
# These lines are ours, and every name in them is escaped.
[ ! -s "$folder/annotations.txt" ] || cat "$folder/annotations.txt"

if [ ! -s "$folder/result.json" ]; then
  echo "::error title=Grade::There is no grade; the log of this step says why."
  [ "$code" -ne 0 ] || code=4
  exit "$code"
fi
case "$code" in
  0) exit 0 ;;
  1) echo "::error title=Grade::The score is below the threshold, or worse than the baseline." ;;
  3)
    if [ "${GRADER_ALLOW_OPEN:-false}" = true ]; then exit 0; fi
    echo "::error title=Grade::Some points are open: AWS would not or cannot tell. Set allow-open to accept that."
    ;;
  *) echo "::error title=Grade::The grader stopped; the log of this step says why." ;;
esac
exit "$code"
