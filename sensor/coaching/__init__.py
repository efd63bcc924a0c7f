"""The coach on the command line: the exercises to read, and the monthly self-check."""
