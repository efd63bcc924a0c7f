"""The simulation on a terminal: a chair to look at, and keys for all that can happen to it."""
