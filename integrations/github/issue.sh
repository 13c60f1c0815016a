#!/usr/bin/env bash
# A step of action.yml: one issue while the score is below what it should be. It is opened when the score falls, updated
# while it stays there, and closed when it recovers. What could not be graded, or is open, changes nothing.
# Needs GH_TOKEN with `issues: write`. All inputs come as environment variables.
set -euo pipefail

code="${GRADER_CODE:-}"
summary="${GRADER_FOLDER:-}/summary.md"
label="lab-grader"
title="Lab grader: the score fell"
run="${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:?}/actions/runs/${GITHUB_RUN_ID:-}"

open_issue() {
  gh issue list --repo "$GITHUB_REPOSITORY" --state open --label "$label" --json number --jq 'map(.number) | min // empty'
}

case "$code" in
  1)
    body="$(mktemp)"
    # GitHub takes 65,536 characters of a body. The summary holds names from the account, each made harmless.
    {
      echo "[This run]($run) found that points were lost."
      echo
      [ ! -s "$summary" ] || python -I -c 'import sys; print(open(sys.argv[1], encoding="utf-8").read()[:60000])' "$summary"
    } > "$body"
    number="$(open_issue)"
    if [ -n "$number" ]; then
      gh issue edit "$number" --repo "$GITHUB_REPOSITORY" --body-file "$body"
    else
      gh label create "$label" --repo "$GITHUB_REPOSITORY" --description "Opened and closed by the lab grader" --force
      gh issue create --repo "$GITHUB_REPOSITORY" --title "$title" --label "$label" --body-file "$body"
    fi
    rm -f "$body"
    ;;
  0)
    number="$(open_issue)"
    [ -z "$number" ] || gh issue close "$number" --repo "$GITHUB_REPOSITORY" --comment "The score recovered: [this run]($run)."
    ;;
esac
