"""The running program: loop, ports, inbox, clock, disk, log; it imports no adapter."""
