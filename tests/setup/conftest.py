"""A person who answers, sits down and gets up as the test wants."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sensor.doctor import configuration
from sensor.mqtt import probe
from sensor.setup import new_settings
from sensor.status import client
from sensor.storage import paths

Deed = Callable[[], None]


class Volunteer:
    """Answers by key, each answer once, the last one for ever; takes the proposal otherwise.

    `deeds` are done when a text with these words is said or asked.
    """

    def __init__(self, *, present: bool = True, **answers: Any) -> None:
        self.present = present
        self.said: list[str] = []
        self.shown: list[str] = []
        self.deeds: dict[str, Deed] = {}
        self.asked: list[str] = []
        self._answers = {
            key: list(answer) if isinstance(answer, list) else [answer]
            for key, answer in answers.items()
        }

    @property
    def told(self) -> str:
        """Everything that was said, as one text."""
        return "\n".join(self.said)

    def knows(self, _key: str) -> bool:
        """Give no answer in advance."""
        return False

    def say(self, text: str = "") -> None:
        """Listen, and do what is asked."""
        self.said.append(text)
        for words, deed in list(self.deeds.items()):
            if words in text:
                deed()

    def show(self, text: str, passing: str = "") -> None:
        """Watch."""
        self.shown.append(text + passing)

    def ready(self, text: str) -> None:
        """Do it."""
        self.say(text)

    def ask(self, key: str, question: str, proposal: str) -> str:
        """Answer."""
        return str(self._answer(key, question, proposal))

    def agree(self, key: str, question: str, *, proposal: bool) -> bool:
        """Agree or not."""
        return bool(self._answer(key, question, proposal))

    def secret(self, key: str, question: str) -> str:
        """Whisper."""
        return str(self._answer(key, question, ""))

    def _answer(self, key: str, question: str, proposal: Any) -> Any:
        self.asked.append(key)
        self.say(question)
        answers = self._answers.get(key, [proposal])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def volunteer() -> type[Volunteer]:
    """Find somebody to ask."""
    return Volunteer


@pytest.fixture(autouse=True)
def settings_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep this machine out of it; returns where the unit's settings would be."""
    file = tmp_path / "etc" / "config.toml"
    for module in (configuration, new_settings):
        monkeypatch.setattr(module, "CREDSTORE", tmp_path / "credstore")
        monkeypatch.setattr(module, "DEFAULT_FILE", file)
    monkeypatch.setattr("sensor.settings.loading.DEFAULT_FILE", file)
    monkeypatch.setattr(client, "UNIT_DIRECTORY", tmp_path / "run")
    monkeypatch.setattr(paths, "SYSTEM_STATE", tmp_path / "system-state")
    monkeypatch.setattr("sensor.settings.unit.BOOTED", tmp_path / "no-systemd")
    monkeypatch.setattr(probe, "LISTEN", 0.3)
    monkeypatch.setenv("HOME", str(tmp_path))
    return file
