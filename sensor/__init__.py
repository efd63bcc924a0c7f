"""chair-sensor: a pressure mat under a desk chair that gets you up once an hour."""

__version__ = "0.1.0"
REPOSITORY = ""
"""Public address of the repository, `https://...`; empty as long as there is none."""
