#!/bin/sh
# Starts chair-sensor in its own Python environment. An upgrade of the operating system removes the
# Python of that environment: no program in Python could say so.
home=/opt/chair-sensor
program=$(readlink -f "$home/program")
python=$(readlink -f "$program/bin/python3")
if [ ! -x "$program/bin/chair-sensor" ] || [ ! -x "$python" ] || [ ! -d "$program/lib/${python##*/}" ]; then
  echo "chair-sensor: the Python environment in $home does not work any more, as after an upgrade of the operating system; in a clone of the repository: sudo systemd/install.sh --upgrade" >&2
  exit 126 # the unit's RestartPreventExitStatus=
fi
# Packages in a home directory are of other versions, and the service does not see them.
export PYTHONNOUSERSITE=1
exec "$program/bin/chair-sensor" "$@"
