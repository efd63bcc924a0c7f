"""A person who answers, sits down and gets up as the test wants."""

from collections.abc import Callable
from typing import Any

from sensor.core.words import Text, Translate
from sensor.setup.prompts import Words

Deed = Callable[[], None]


class Volunteer:
    """Answers by key, each answer once, the last one for ever; takes the proposal otherwise.

    `deeds` are done when a text with these words is said or asked.
    """

    def __init__(self, *, present: bool = True, translate: Translate = str, **answers: Any) -> None:
        self.present = present
        self.translate = translate
        self.said: list[str] = []
        self.shown: list[str] = []
        self.deeds: dict[str, Deed] = {}
        self.asked: list[str] = []
        self.knows: Callable[[str], bool] = lambda _key: False
        """Whether there is an answer in advance; none, unless a test says so."""
        self._answers = {
            key: list(answer) if isinstance(answer, list) else [answer]
            for key, answer in answers.items()
        }

    @property
    def told(self) -> str:
        """Everything that was said, as one text."""
        return "\n".join(self.said)

    def say(self, words: Words = "") -> None:
        """Listen, and do what is asked."""
        text = words.said(self.translate) if isinstance(words, Text) else words
        self.said.append(text)
        for cue, deed in list(self.deeds.items()):
            if cue in text:
                deed()

    def show(self, text: str, passing: str = "") -> None:
        """Watch."""
        self.shown.append(text + passing)

    def ready(self, text: Words) -> None:
        """Do it."""
        self.say(text)

    def ask(self, key: str, question: Words, proposal: Words) -> str:
        """Answer."""
        answer = self._answer(key, question, proposal)
        return answer.said(self.translate) if isinstance(answer, Text) else str(answer)

    def agree(self, key: str, question: Words, *, proposal: bool) -> bool:
        """Agree or not."""
        return bool(self._answer(key, question, proposal))

    def secret(self, key: str, question: Words) -> str:
        """Whisper."""
        return str(self._answer(key, question, ""))

    def _answer(self, key: str, question: Words, proposal: Any) -> Any:
        self.asked.append(key)
        self.say(question)
        answers = self._answers.get(key, [proposal])
        return answers.pop(0) if len(answers) > 1 else answers[0]
