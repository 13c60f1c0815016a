"""Inputs that nobody thought of: mutated evidence, rubrics and OpenAPI documents.

``make fuzz`` tries new ones for ten minutes each, and keeps what it finds in ``corpus/``. ``make test`` tries a few of
each, always the same, and the whole corpus.
"""
