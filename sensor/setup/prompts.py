"""Questions and their answers: from a user at a terminal, or from options given in advance."""

import os
import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Protocol

from sensor.errors import SettingsError
from sensor.terminal.dialogue import NO_TERMINAL

YES = {"y", "yes", "true", "on"}
NO = {"n", "no", "false", "off"}


class Prompts(Protocol):
    """Asks questions. A key names a question, as the option that answers it does."""

    present: bool
    """Whether a user is there to sit, get up and listen."""

    def knows(self, key: str) -> bool:
        """Whether an option has the answer already."""
        ...

    def say(self, text: str = "") -> None:
        """Print a text."""
        ...

    def show(self, text: str, passing: str = "") -> None:
        """Show a state in place of the one shown last; `passing` is mere progress."""
        ...

    def ready(self, text: str) -> None:
        """Ask the user to do something, and wait until it is done."""
        ...

    def ask(self, key: str, question: str, proposal: str) -> str:
        """Ask for a text; no answer takes the proposal."""
        ...

    def agree(self, key: str, question: str, *, proposal: bool) -> bool:
        """Ask yes or no; no answer takes the proposal."""
        ...

    def secret(self, key: str, question: str) -> str:
        """Ask for a text that is not shown."""
        ...


class TerminalPrompts:
    """Asks at the terminal what no option has answered.

    An answer given in advance counts once: if it was wrong, a user must answer. With `unattended`
    each proposal is taken, once. Raises SettingsError where a user would have to answer.
    """

    def __init__(self, answers: Mapping[str, str], *, unattended: bool) -> None:
        self.present = not unattended
        self._answers = dict(answers)
        self._asked: set[str] = set()
        self._live = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._shown = ""

    def knows(self, key: str) -> bool:
        """Whether an option has the answer already."""
        return key in self._answers

    def say(self, text: str = "") -> None:
        """Print a text."""
        self._end_show()
        width = max(60, shutil.get_terminal_size().columns)
        for line in text.split("\n"):
            whole = textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
            print(whole, flush=True)  # noqa: T201

    def show(self, text: str, passing: str = "") -> None:
        """Write over the last line; on a dumb terminal a line for each change."""
        if self._live:
            print(f"\r\x1b[K{text}{passing}", end="", flush=True)  # noqa: T201
        elif text != self._shown:
            print(text, flush=True)  # noqa: T201
        self._shown = text

    def ready(self, text: str) -> None:
        """Wait for the Enter key."""
        self._input(f"{text} Then press Enter. ", "ready")

    def ask(self, key: str, question: str, proposal: str) -> str:
        """Ask for a text."""
        given = self._given(key, question, proposal)
        if given is not None:
            return given
        mark = f" [{proposal}]" if proposal else ""
        return self._input(f"{question}{mark}: ", key).strip() or proposal

    def agree(self, key: str, question: str, *, proposal: bool) -> bool:
        """Ask until it is yes or no."""
        answer = self._given(key, question, "yes" if proposal else "no")
        while True:
            if answer is None:
                answer = self._input(f"{question} [{'Y/n' if proposal else 'y/N'}] ", key)
            word = answer.strip().lower()
            if not word:
                return proposal
            if word in YES | NO:
                return word in YES
            self.say("Please answer yes or no.")
            answer = None

    def secret(self, key: str, question: str) -> str:
        """Ask without showing what is typed."""
        if key in self._answers:
            self.say(f"{question}: (given)")
            return self._answers.pop(key)
        self._must_be_there(key)
        from getpass import getpass  # noqa: PLC0415

        self._end_show()
        try:
            return getpass(f"{question}: ")
        except EOFError:
            raise _nobody(key) from None

    def _given(self, key: str, question: str, proposal: str) -> str | None:
        if key in self._answers:
            answer = self._answers.pop(key)
        elif not self.present and key not in self._asked:
            answer = proposal
        else:
            self._must_be_there(key)
            return None
        self._asked.add(key)
        self.say(f"{question}{' ' if question.endswith('?') else ': '}{answer or 'none'}")
        return answer

    def _input(self, prompt: str, key: str) -> str:
        self._must_be_there(key)
        self._end_show()
        while True:
            try:
                return input(prompt)
            except EOFError:
                raise _nobody(key) from None
            except UnicodeDecodeError:
                self.say("That was not text in UTF-8; type it again.")

    def _must_be_there(self, key: str) -> None:
        if not self.present:
            raise _nobody(key)

    def _end_show(self) -> None:
        if self._shown and self._live:
            print()  # noqa: T201
        self._shown = ""


def _nobody(key: str) -> SettingsError:
    match key:
        case "ready":
            fix = "use --yes to leave the test with a sitter out"
        case "retry":
            fix = "correct the fault and run this again"
        case _:
            fix = f"use --yes to accept the defaults, or --{key.replace('_', '-')}"
    return SettingsError(NO_TERMINAL, fix=fix)
