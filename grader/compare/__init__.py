"""Comparing two results, or two accounts: what changed, and why."""
