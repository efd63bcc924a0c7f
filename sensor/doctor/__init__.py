"""The check-up: what is well, what is not, and what to do about it; `examination.py` has the list.

It works beside a running daemon, which is then asked instead of its pins being taken, and without.
"""
