"""Grading: which checks run, running them with pytest, and the points that follow."""
