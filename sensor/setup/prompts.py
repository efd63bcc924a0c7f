"""Questions and their answers: from a user at a terminal, or from options given in advance."""

import os
import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Protocol

from sensor.core.words import Text, Translate
from sensor.errors import SettingsError
from sensor.languages import NO, YES, meaning
from sensor.terminal.dialogue import NO_TERMINAL, printable

Words = Text | str
"""What is said: a `Text` is translated, a `str` is the same in every language."""


class Prompts(Protocol):
    """Asks questions. A key names a question, as the option that answers it does."""

    translate: Translate
    """Translates to the user's language."""
    present: bool
    """Whether a user is there to sit, get up and listen."""

    def knows(self, key: str) -> bool:
        """Whether an option has the answer already."""
        ...

    def say(self, text: Words = "") -> None:
        """Print a text."""
        ...

    def show(self, text: str, passing: str = "") -> None:
        """Show a state in place of the one shown last; `passing` is mere progress."""
        ...

    def ready(self, text: Words) -> None:
        """Ask the user to do something, and wait until it is done."""
        ...

    def ask(self, key: str, question: Words, proposal: Words) -> str:
        """Ask for a text; no answer takes the proposal."""
        ...

    def agree(self, key: str, question: Words, *, proposal: bool) -> bool:
        """Ask yes or no; no answer takes the proposal."""
        ...

    def secret(self, key: str, question: Words) -> str:
        """Ask for a text that is not shown."""
        ...


class TerminalPrompts:
    """Asks at the terminal what no option has answered.

    An answer given in advance counts once: if it was wrong, a user must answer. With `unattended`
    each proposal is taken, once. Raises SettingsError where a user would have to answer.
    """

    def __init__(
        self, answers: Mapping[str, str], *, unattended: bool, translate: Translate = str
    ) -> None:
        self.present = not unattended
        self.translate = translate
        self._answers = dict(answers)
        self._asked: set[str] = set()
        self._live = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._shown = ""

    def knows(self, key: str) -> bool:
        """Whether an option has the answer already."""
        return key in self._answers

    def say(self, text: Words = "") -> None:
        """Print a text."""
        self._end_show()
        width = max(60, shutil.get_terminal_size().columns)
        for line in self._said(text).split("\n"):
            whole = textwrap.fill(
                printable(line), width, break_long_words=False, break_on_hyphens=False
            )
            print(whole, flush=True)  # noqa: T201

    def show(self, text: str, passing: str = "") -> None:
        """Write over the last line; on a dumb terminal a line for each change."""
        text = printable(text)
        if self._live:
            print(f"\r\x1b[K{text}{passing}", end="", flush=True)  # noqa: T201
        elif text != self._shown:
            print(text, flush=True)  # noqa: T201
        self._shown = text

    def ready(self, text: Words) -> None:
        """Wait for the Enter key."""
        self._input(Text("{task} Then press Enter.", {"task": self._said(text)}), "ready")

    def ask(self, key: str, question: Words, proposal: Words) -> str:
        """Ask for a text."""
        proposed = self._said(proposal)
        given = self._given(key, question, proposed)
        if given is not None:
            return given
        mark = f" [{proposed}]" if proposed else ""
        return self._input(f"{self._said(question)}{mark}:", key).strip() or proposed

    def agree(self, key: str, question: Words, *, proposal: bool) -> bool:
        """Ask until it is yes or no."""
        if key in self._answers:
            self._answers[key] = self.translate(self._answers[key])
        answer = self._given(key, question, self._said(YES if proposal else NO))
        choice = Text("[Y/n]") if proposal else Text("[y/N]")
        while True:
            if answer is None:
                answer = self._input(f"{self._said(question)} {self._said(choice)}", key)
            if not answer.strip():
                return proposal
            meant = meaning(answer, self.translate)
            if meant is not None:
                return meant
            self.say(Text("Please answer yes or no."))
            answer = None

    def secret(self, key: str, question: Words) -> str:
        """Ask without showing what is typed."""
        asked = self._said(question)
        if key in self._answers:
            self.say(Text("{question}: (given)", {"question": asked}))
            return self._answers.pop(key)
        if not self.present:
            fix = f"add --{key.replace('_', '-')} FILE"
            raise SettingsError("The password has no default", fix=fix)
        from getpass import getpass  # noqa: PLC0415

        self._end_show()
        try:
            return getpass(f"{asked}: ")
        except EOFError:
            raise _nobody(key) from None

    def _given(self, key: str, question: Words, proposal: str) -> str | None:
        if key in self._answers:
            answer = self._answers.pop(key)
        elif not self.present and key not in self._asked:
            answer = proposal
        else:
            self._must_be_there(key)
            return None
        self._asked.add(key)
        asked = self._said(question)
        told = answer or self._said(Text("none"))
        self.say(f"{asked}{' ' if asked.endswith('?') else ': '}{told}")
        return answer

    def _input(self, prompt: Words, key: str) -> str:
        self._must_be_there(key)
        self._end_show()
        while True:
            try:
                return input(f"{self._said(prompt)} ")
            except EOFError:
                print(flush=True)  # noqa: T201  (the error is no answer to the question)
                raise _nobody(key) from None
            except UnicodeDecodeError:
                self.say(Text("That was not text in UTF-8. Type it again."))

    def _said(self, text: Words) -> str:
        return text.said(self.translate) if isinstance(text, Text) else text

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
