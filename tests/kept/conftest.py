"""The check modules kept here belong to a rubric: they run when it grades, not as tests of ours."""

collect_ignore_glob = ["*/rubrics/*"]
