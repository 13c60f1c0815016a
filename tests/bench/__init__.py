"""The benchmark: this grader beside its peers and the floor, on one recorded account, replayed with a set latency.

``python -m tests.bench --help`` says what can be measured. Nothing here asserts a time, and nothing is imported
from the grader while it is being measured: every tool is a process of its own, and this one only counts.
"""
