"""Failures that a user can mend, each told in one line that says how.

ChairSensorError
  SettingsError   an option or a setting is wrong: exit 2
  HiddenError     this user may not see it: exit 1
  HardwareError   pins, chip or permissions: exit 1
  StorageError    the state directory cannot be used: exit 1

An error carries its parts. No caller cuts the sentence apart or looks for words in it, so that any
sentence may be reworded or translated.
"""

from collections.abc import Iterable

AS_ROOT = "run this with sudo"
"""The fix where only the rights are missing."""


class ChairSensorError(Exception):
    """A failure with a text meant for the user; never shown with a traceback.

    `str()` is one line: what is wrong, then the next step.
    """

    exit_code = 1

    def __init__(self, what: str, *, fix: str | None = None, about: tuple[str, ...] = ()) -> None:
        super().__init__(what if fix is None else _sentence(what, fix))
        self.what = what
        """What is wrong."""
        self.fix = fix
        """The next step; None: `what` says all."""
        self.about = about
        """Dotted keys of the settings to look at."""


def _sentence(what: str, fix: str) -> str:
    """Join both: after a question or a full stop the next step is a sentence of its own."""
    if not what.endswith(("?", ".")):
        return f"{what}; {fix}"
    return f"{what} {fix[:1].upper()}{fix[1:]}{'.' * what.endswith('.')}"


class SettingsError(ChairSensorError):
    """One or more settings are wrong; `str()` has one line for each of `problems`."""

    exit_code = 2

    def __init__(self, *problems: str, fix: str | None = None) -> None:
        super().__init__("\n".join(problems), fix=fix)
        self.problems = problems


class HiddenError(ChairSensorError):
    """Only root, or another user, may see it."""


class HardwareError(ChairSensorError):
    """A pin, the GPIO chip or a permission is missing, taken or wrong."""


class StorageError(ChairSensorError):
    """The state directory cannot be created, read or written."""


def nearest(text: str, names: Iterable[str]) -> str | None:
    """Return the name that was probably meant; None: no name is like the text."""
    from difflib import get_close_matches  # noqa: PLC0415  (the daemon seldom needs it)

    return next(iter(get_close_matches(text, names, n=1)), None)


def meant(
    text: str, names: Iterable[str], otherwise: str = "", *, form: str = "did you mean {}?"
) -> str:
    """Return the question whether the nearest name was meant; with none near, `otherwise`."""
    near = nearest(text, names)
    return otherwise if near is None else form.format(near)
