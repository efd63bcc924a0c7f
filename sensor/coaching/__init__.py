"""The exercises as a list to read, and the monthly self-check."""
