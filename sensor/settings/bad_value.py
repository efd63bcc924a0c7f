"""What is wrong with a value that a user wrote, apart from which value it is."""


class BadValueError(ValueError):
    """A value that is not possible. Its two parts make one line with the setting between them.

    Neither part repeats the value: it may be a secret, and the place where it is shown knows it.
    """

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what}. {fix}".rstrip())
        self.what = what
        """The rest of a sentence about the setting: `must be true or false`."""
        self.fix = fix
        """The next step, one sentence or more; empty: the first part says all."""

    def about(self, subject: str, *details: str) -> str:
        """Make the line, with the details in brackets."""
        return f"{subject} {self.what} ({', '.join(details)}). {self.fix}".rstrip()


def unreadable(error: OSError) -> BadValueError:
    """Tell that a file cannot be read, and why."""
    return BadValueError(
        f"cannot be read ({error.strerror})", "Check the path and who may read it."
    )
