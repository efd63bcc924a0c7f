"""The data that outlive the daemon: one SQLite database, and small files beside it."""
