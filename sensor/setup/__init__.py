"""The guided first run: mat, buzzer, broker, seat, settings, service; `wizard.py` has the order.

Nothing is written or run before the end, except what the user agrees to.
"""

PARTS = ("seat", "mat", "buzzer", "broker", "service")
"""The parts that --skip leaves out."""
