"""An automated lab grader and compliance checker for AWS: it reads accounts and never changes one."""

__version__ = "0.1.0"
