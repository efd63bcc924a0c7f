"""The wires: mat, tamper loop, buzzer, LED and snooze button on the Pi's 40-pin header.

Each adapter is given its pin factory: lgpio's on a Pi, gpiozero's mock in tests and simulator;
nothing here knows which. `pins.py` has what they share; hardware.md has the wiring.
"""
