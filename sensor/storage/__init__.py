"""What outlives the daemon: one SQLite database and the settings changed from Home Assistant."""
