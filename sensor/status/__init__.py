"""The daemon's status on this machine: a Unix socket, its client, and the answer as text."""
