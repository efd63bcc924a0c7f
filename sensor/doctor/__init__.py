"""The check-up of an installation: findings, and what to do; `examination.py` lists the checks.

It works with and without a running daemon. A running daemon keeps its pins and is asked instead.
"""
