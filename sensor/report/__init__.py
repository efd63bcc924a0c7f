"""Reports of a period: figures from the history, for terminal, programs and browser."""
