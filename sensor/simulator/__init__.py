"""The chair without a chair: scripted sitters, simulated pins and a broker in a box."""
