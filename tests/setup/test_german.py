"""The guided first run in German, and how its language is found."""

import io
from pathlib import Path

import pytest

from sensor.commands import main
from sensor.languages import meaning, of_environment, translation
from sensor.setup import PARTS, broker
from sensor.setup.new_settings import NewSettings
from sensor.setup.prompts import TerminalPrompts
from sensor.setup.system import System
from sensor.setup.wizard import Wizard
from tests.kit import MosquittoStarter, Stage
from tests.setup.kit import Volunteer

MAT = 5
GERMAN = translation("de")


@pytest.fixture(autouse=True)
def _no_broker_nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brokers of this machine are not found."""
    monkeypatch.setattr(broker, "USUAL", ())


def test_conversation(
    stage: Stage, volunteer: type[Volunteer], mosquitto: MosquittoStarter, settings_file: Path
) -> None:
    """Every sentence from the first question to the service is in the catalogue's words."""
    port = mosquitto().port
    person = volunteer(translate=GERMAN, name="Sofa", broker=f"127.0.0.1:{port}")
    stage.wires.pull(MAT, True)
    person.deeds["Jetzt hinsetzen."] = lambda: stage.pull(MAT, True, after=2)
    person.deeds["Jetzt aufstehen."] = lambda: stage.pull(MAT, False, after=2)

    def get_up_again() -> None:
        stage.pull(MAT, False, after=1)
        stage.pull(MAT, True, after=6)

    person.deeds["Die Matte erkennt das Sitzen."] = get_up_again
    system = System(person.say, dry=False)

    wizard = Wizard(NewSettings(None), person, system, stage, stage.factory)
    wizard.run()

    assert wizard.left == []
    assert person.said == [
        f"Einstellungen: {settings_file} (neu)",
        "Name des Stuhls, wie Home Assistant ihn zeigt",
        "Id des Stuhls, in seinen MQTT-Topics",
        (
            "Woher weiß der Stuhl, dass jemand sitzt: Kabel (eine Matte an den Pins) oder Funk "
            "(ein Sensor am Broker)?"
        ),
        "\n-- Matte an GPIO5",
        "Bitte aufstehen und alles vom Stuhl nehmen.",
        "Jetzt hinsetzen.",
        (
            "Die Matte erkennt das Sitzen. Nun sitzen wie immer: anlehnen, hin und her rutschen, "
            "die Beine übereinanderschlagen."
        ),
        "Jetzt aufstehen.",
        (
            "Die Matte funktioniert. Längste Unterbrechung im Sitzen: 5,0 s (Wechsel: 2); "
            "längster Kontakt bei leerem Stuhl: 0,0 s (Wechsel: 0)."
        ),
        "leave_confirm auf 15s setzen (jetzt 10s), damit solche Wechsel nicht zählen?",
        "\n-- Summer an GPIO17",
        "Waren drei kurze Töne zu hören?",
        "Ist der Summer jetzt still?",
        "\n-- MQTT-Broker",
        "In der Nähe wurde kein Broker gefunden.",
        ("mosquitto lässt sich von hier aus nicht installieren: das ist kein Debian mit systemd."),
        (
            "Adresse von Home Assistant oder eines anderen Brokers, etwa homeassistant.local; "
            "none (oder nein): ohne Home Assistant"
        ),
        f"Verbunden mit 127.0.0.1:{port}.",
        f"\n-- Einstellungen in {settings_file}",
        "  +# chair-sensor: all settings: `chair-sensor help settings`; in force: `check-config`.",
        "  +# Write those without a section, such as sit_limit, above the first line in brackets.",
        '  +leave_confirm = "15s"',
        "  +",
        "  +[chair]",
        '  +name = "Sofa"',
        '  +id = "desk"',
        "  +",
        "  +[mqtt]",
        '  +host = "127.0.0.1"',
        f"  +port = {port}",
        "Diese Änderungen schreiben?",
        f"{settings_file} wird geschrieben",
        "\n-- Dienst",
        "Auf diesem Rechner läuft kein systemd: Nichts startet den Daemon von selbst.",
    ]
    assert [text for text in person.shown if "Matte" not in text] == [
        f"  127.0.0.1:{port} wird versucht ..."
    ]
    assert "  Matte: GEDRÜCKT  (besetzt, noch 10 s)" in person.shown


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        *[(word, True) for word in ("ja", "J", " Ja ", "yes", "y", "on", "true")],
        *[(word, False) for word in ("nein", "N", "no", "n", "off", "false")],
        *[(word, None) for word in ("", "jein", "o", "vielleicht")],
    ],
)
def test_yes_and_no(answer: str, meant: bool | None) -> None:
    """German answers are taken beside the English ones."""
    assert meaning(answer, GERMAN) is meant


def test_german_is_no_english() -> None:
    """In English only English answers are taken."""
    assert meaning("ja", translation("en")) is None


def test_questions(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A question shows German choices and asks again in German."""
    monkeypatch.setattr("sys.stdin", io.StringIO("jein\nja\nnein\n\n"))
    given = {"tls": "no", "password_file": "hunter2"}
    person = TerminalPrompts(given, unattended=False, translate=GERMAN)

    assert person.agree("write", broker.RETRY_QUESTION, proposal=False) is True
    assert person.agree("write", broker.RETRY_QUESTION, proposal=True) is False
    assert person.agree("write", broker.RETRY_QUESTION, proposal=True) is True
    assert person.agree("tls", broker.TLS_QUESTIONS["tls"], proposal=True) is False
    assert person.secret("password_file", "Passwort") == "hunter2"

    said = capsys.readouterr().out
    assert "[j/N] Bitte mit ja oder nein antworten.\n" in said
    assert said.count("[J/n] ") == 2
    assert said.endswith("Verwendet der Broker TLS? nein\nPasswort: (angegeben)\n")


def test_another_broker(volunteer: type[Volunteer], settings_file: Path) -> None:
    """After a failure `nein` ends the attempts; the proposal is a German yes."""
    person = volunteer(translate=GERMAN, broker="nosuch.invalid", retry="nein")
    settings = NewSettings(None)

    assert not broker.BrokerTest(settings, person, System(person.say, dry=False)).run()

    assert "Keine Verbindung: unknown host 'nosuch.invalid' (mqtt.host)" in person.told
    assert not settings_file.exists()


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de"}, "de"),
        ({"LANG": "de_DE@euro"}, "de"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_DE.UTF-8"}, "de"),
        ({"LC_MESSAGES": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": ""}, "de"),
        ({"LANG": "../../etc"}, "en"),
    ],
)
def test_language_of_the_locale(environ: dict[str, str], language: str) -> None:
    """LC_ALL goes before LC_MESSAGES and LANG; a language without a catalogue is English."""
    assert of_environment(environ) == language


@pytest.mark.parametrize(
    "case",
    [
        ("de_AT.UTF-8", "", "Einstellungen:"),
        ("de_AT.UTF-8", "en", "Settings:"),
        ("C", "de", "Einstellungen:"),
        ("C", "", "Settings:"),
    ],
)
@pytest.mark.parametrize("is_option", [False, True])
def test_language_of_the_command(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    case: tuple[str, str, str],
    is_option: bool,
) -> None:
    """The language that is set, in the file or by option, goes before that of the locale."""
    locale, language, said = case
    monkeypatch.setenv("LC_ALL", locale)
    file = tmp_path / "config.toml"
    file.write_text(f'language = "{language}"\n' if language and not is_option else "")
    option = [f"--set=language={language}"] if language and is_option else []
    skipped = [f"--skip={part}" for part in PARTS]
    command = ["setup", "--yes", "--dry-run", "--config", str(file), *skipped]

    assert main.main([*command, *option]) == 0

    assert capsys.readouterr().out.startswith(said)


def test_declined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`nein` at the end leaves the file, and the last line is German, too."""
    monkeypatch.setattr("sys.stdin", io.StringIO("Sofa\n\nnein\n"))
    file = tmp_path / "config.toml"
    skipped = [f"--skip={part}" for part in PARTS]

    code = main.main(["setup", "--config", str(file), *skipped, "--set", "language=de"])

    said = capsys.readouterr()
    assert (code, said.err) == (1, "chair-sensor: die Einstellungen bleiben, wie sie waren\n")
    assert "Id des Stuhls, in seinen MQTT-Topics [desk]: " in said.out
    assert "Diese Änderungen schreiben? [J/n] " in said.out
    assert not file.exists()
