#!/bin/sh
# The modules are private to this program: no other Python program sees them.
PYTHONPATH=/usr/share/chair-sensor
export PYTHONPATH
exec /usr/bin/python3 -P -m sensor "$@"
