"""Mistakes that a person can mend, each told in one line that says how.

ChairSensorError
  SettingsError   what was typed or configured is wrong: exit 2
  HardwareError   pins, chip or permissions: exit 1
  StorageError    the state directory cannot be used: exit 1
"""


class ChairSensorError(Exception):
    """A failure with a text meant for the user; never shown with a traceback."""

    exit_code = 1


class SettingsError(ChairSensorError):
    """One or more settings are wrong; `str()` has one line for each."""

    exit_code = 2


class HardwareError(ChairSensorError):
    """A pin, the GPIO chip or a permission is missing, taken or wrong."""


class StorageError(ChairSensorError):
    """The state directory cannot be created, read or written."""
