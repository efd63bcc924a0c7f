"""How things are, told on this machine itself: no broker, no Home Assistant, just a socket."""
