"""How a command talks to its terminal: streams, questions, and its end by a signal."""
