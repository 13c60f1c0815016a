"""Things of any lab: what a rubric binds in an account, and what it expects of it. Data, over evidence alone."""
