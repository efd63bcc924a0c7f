"""A command at its terminal: streams, questions, and its end by a signal."""
