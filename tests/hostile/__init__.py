"""Inputs that did harm once. ``openapi/`` is for the tests of the probe."""
