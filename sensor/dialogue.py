"""What a command says to whoever runs it, and asks before what cannot be undone."""

from sensor.errors import SettingsError


def say(text: str) -> None:
    """Print a line."""
    print(text)  # noqa: T201


def agreed(question: str, *, otherwise: str) -> bool:
    """Ask; no answer is a no. Raises SettingsError, with what to do otherwise, if nobody is there.

    It asks of `input`, which shows the question on a terminal and reads a pipe as well.
    """
    try:
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        raise SettingsError(f"nobody is there to ask; {otherwise}") from None
