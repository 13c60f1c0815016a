"""The run over a class: accounts are read, graded and written, one after another and many at once."""
