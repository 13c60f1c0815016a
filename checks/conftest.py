"""For whoever runs these checks with pytest itself: ``pytest checks --evidence FILE``."""

pytest_plugins = ["grader.pytest_plugin"]
