"""The guided first run: mat, buzzer, broker, settings file, service; `wizard.py` has the order.

Nothing is written or run before the end, except what is asked for and said.
"""

PARTS = ("mat", "buzzer", "broker", "service")
"""What may be left out."""
