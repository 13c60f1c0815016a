#!/usr/bin/env bash
# Grades one submission for PrairieLearn, which reads /grade/results/results.json.
set -u

root="${GRADE_ROOT:-/grade}"
mkdir -p "$root/results"
target="$root/results/results.json"
# If this is stopped, the attempt is not used up.
echo '{"gradable": false, "message": "The grader stopped before it had a result. Submit again."}' > "$target"

options=(--no-html --prairielearn "$root/results/graded.json")
[ ! -f "$root/tests/rubric.yaml" ] || options+=(--rubric "$root/tests/rubric.yaml")
cd "$root" || exit 1
"${GRADER_PYTHON:-python3}" -I -m grader grade "${options[@]}" -- "$root/student/lab.json.gz" \
  > /dev/null 2> "$root/results/errors.txt"
case $? in
  0 | 1 | 3) mv "$root/results/graded.json" "$target" ;;
  *)
    "${GRADER_PYTHON:-python3}" -I -c '
import json, sys
said = sys.stdin.buffer.read().decode("utf-8", "replace")[-2000:].replace(sys.argv[1] + "/student/", "")
print(json.dumps({"gradable": False, "message": "This is not a grade: correct it and submit again. " + said.strip()}))
' "$root" < "$root/results/errors.txt" > "$root/results/said.json" && mv "$root/results/said.json" "$target"
    ;;
esac
rm -f "$root/results/errors.txt" "$root/results/said.json"
