#!/bin/sh
# The modules are private to this program: no other Python program sees them.
# Packages in a home directory are of other versions, and the service does not see them.
export PYTHONPATH=/usr/share/chair-sensor PYTHONNOUSERSITE=1
exec /usr/bin/python3 -P -m sensor "$@"
