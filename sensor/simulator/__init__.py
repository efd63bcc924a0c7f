"""The simulator: scripted sitters, simulated pins, virtual time, and brokers of its own."""
