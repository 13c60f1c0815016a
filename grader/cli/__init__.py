"""The command line: commands, options, and where output goes."""
