"""The pages and the pictures say what the program does: each claim is compared."""

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import time
from pathlib import Path
from typing import Any, get_args

import jinja2
import pytest
import yaml

from sensor import REPOSITORY, __version__
from sensor.commands.main import _parser, main
from sensor.core.coach import CAUTION, EXERCISES
from sensor.core.words import Problem, Text
from sensor.daemon.commands import Action
from sensor.errors import SettingsError
from sensor.homeassistant import discovery
from sensor.mqtt.topics import Topics
from sensor.settings.config import Chair, Mqtt, Pins, Seat
from sensor.settings.loading import load
from sensor.settings.overrides import MINUTES
from sensor.settings.values import SETTINGS
from sensor.simulator.screen import keys as screen
from sensor.simulator.script import _READERS, read
from sensor.simulator.simulate import ready_scripts
from tests.system.guest import readme

ROOT = Path(__file__).parents[1]
FRONT = (ROOT / "README.md").read_text(encoding="utf-8")
PLACES = ("*.md", ".github/[A-Z]*.md", "systemd/*.md", "sensor/**/*.md", "tests/**/*.md")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for place in PLACES
    for path in sorted(ROOT.glob(place))
}
CITED = r"core/README\.md, sections? ([\d, and]+)"
FOR_PROGRAMMERS = {"sensor/README.md", "sensor/core/README.md", ".github/CONTRIBUTING.md"}
README = "".join(
    text for name, text in PAGES.items() if name not in {"hardware.md", *FOR_PROGRAMMERS}
)
"""All that is for users, one page after the other."""
HARDWARE = (ROOT / "hardware.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """List the fenced blocks in this language, '' for those without one."""
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    return [text for name, text in fences if name == language]


def section(page: str, title: str) -> str:
    """Cut out what stands under one heading, subsections of it included."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*)", page, flags=re.MULTILINE | re.DOTALL)
    assert found, title
    return re.split(rf"^#{{1,{len(found[1])}}} ", found[2], flags=re.MULTILINE)[0]


def table(page: str, *heads: str) -> list[list[str]]:
    """List the rows of the table with these heads, cell by cell."""
    rows: list[list[str]] = []
    inside = False
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if cells[: len(heads)] == list(heads):
            inside = True
        elif inside and not cells:
            inside = False
        elif inside and not set(cells[0]) <= set("- "):
            rows.append(cells)
    assert rows, f"no table with the heads {heads}"
    return rows


def code(cell: str) -> list[str]:
    """List what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def first(rows: list[list[str]]) -> list[str]:
    """List everything in backticks in the first column."""
    return [name for row in rows for name in code(row[0])]


def commands() -> list[str]:
    """List each `chair-sensor ...` in the shell blocks, without what surrounds it."""
    return list(_commands())


def _commands() -> Iterator[str]:
    for page in PAGES.values():
        for block in blocks(page, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                for part in re.split(r"&&|\|", line.split("#", 1)[0]):
                    found = re.match(r"\s*(?:\S*/)?chair-sensor(?=\s)(.*)", part)
                    if found:
                        yield found[1].strip()


def scripts() -> Iterator[tuple[str, str | None]]:
    """Give the scripts for the simulator, each with the output that is shown right below it."""
    fence = r"^```\n(\d.*?)^```$(?:\n+^```text\n(.*?)^```$)?"
    for page in PAGES.values():
        for script, output in re.findall(fence, page, flags=re.MULTILINE | re.DOTALL):
            yield script, output or None


def simulated(*arguments: str, script: str | None = None) -> str:
    """Run `chair-sensor simulate` in a process of its own; return what it prints."""
    run = subprocess.run(
        [sys.executable, "-m", "sensor", "simulate", *arguments],
        cwd=ROOT,
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def workday() -> list[dict[str, Any]]:
    """Record the working day that the examples are copied from."""
    out = simulated("--script", "workday", "--timezone", "Europe/Berlin", "--jsonl", "-")
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture(autouse=True)
def _own_settings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep settings of this machine out."""
    monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", Path("/nonexistent/config.toml"))


class TestPage:
    """Links, pictures and the changelog."""

    def test_front_page_is_short(self) -> None:
        """It is for people who do not know yet whether they want it; a picture comes early."""
        lines = FRONT.splitlines()

        assert len(lines) <= 220
        assert any("![" in line for line in lines[:15])

    @pytest.mark.parametrize("name", PAGES)
    def test_there_is_a_way_back(self, name: str) -> None:
        """Each page of a room leads to the front page or to the map."""
        back = r"\[Back to the (?:front page|map)\]\((\S+)\)"
        found = re.search(back, PAGES[name])

        assert (found is None) is ("/" not in name)
        assert found is None or (ROOT / name).parent.joinpath(found[1]).exists()

    def test_sections_that_are_cited_exist(self) -> None:
        """A docstring cites a section of the rules that is there."""
        rules = PAGES["sensor/core/README.md"]
        cited = {
            number
            for folder in ("sensor", "tests")
            for path in (ROOT / folder).rglob("*.py")
            for found in re.findall(CITED, path.read_text("utf-8"))
            for number in re.findall(r"\d+", found)
        }

        assert cited
        assert [number for number in cited if f"\n## {number}. " not in rules] == []

    @pytest.mark.parametrize("name", PAGES)
    def test_files_exist(self, name: str) -> None:
        """Every picture and every file that is linked to is there."""
        targets = re.findall(r"\]\((?!https?:)([^)#]+)", PAGES[name])

        folder = (ROOT / name).parent
        assert [target for target in targets if not (folder / target).exists()] == []

    def test_the_map_names_files_that_exist(self) -> None:
        """A path in backticks on the map is one below `sensor/`, or one of the repository."""
        rows = re.findall(r"^\|.*", PAGES["sensor/README.md"], flags=re.MULTILINE)
        named = {name for row in rows for name in code(row) if re.search(r"^\S+/\S*\.\w+$", name)}

        gone = {name for name in named if not [*ROOT.glob(name), *ROOT.glob(f"sensor/{name}")]}

        assert len(named) > 30
        assert gone == set()

    @pytest.mark.parametrize("name", PAGES)
    def test_headings_exist(self, name: str) -> None:
        """Every link to a heading, on this page or the other, leads to one."""
        for target, anchor in re.findall(r"\]\(([^):]*)#([^)]+)\)", PAGES[name]):
            there = os.path.normpath(Path(name).parent / target) if target else name
            page = PAGES[there]
            headings = re.findall(r"^#+ (.*)$", page, flags=re.MULTILINE)
            anchors = [
                re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings
            ]

            assert anchor in anchors

    @pytest.mark.slow
    def test_picture(self) -> None:
        """The picture shows what the simulation prints; if not: `python tests/pictures.py`."""
        pictures = runpy.run_path(str(ROOT / "tests/pictures.py"))

        frames = pictures["frames"](pictures["simulation"]())
        drawn = pictures["drawn"](frames)

        assert pictures["PICTURE"].read_text(encoding="utf-8") == drawn
        assert {frame.key for frame in frames} == pictures["SECONDS"].keys()
        assert 7.9 < sum(pictures["SECONDS"].values()) < 8.1
        assert not re.search(r"https?:(?!//www.w3.org/2000/svg)|<script", drawn)

    @pytest.mark.slow
    def test_screenshot(self) -> None:
        """The picture shows the screen as it is; if not: `python tests/screenshots.py`."""
        screenshots = runpy.run_path(str(ROOT / "tests/screenshots.py"))

        now = screenshots["words"](screenshots["taken"]()["screen"])

        kept = (screenshots["FOLDER"] / "screen.svg").read_text(encoding="utf-8")
        assert screenshots["words"](kept) == now

    def test_changelog_has_this_version(self) -> None:
        """The changelog and the README speak of the version in the code."""
        assert f"## [{__version__}]" in CHANGELOG
        assert f"Version {__version__}" in FRONT

    def test_address_of_the_repository(self) -> None:
        """Pages and package name the one in the code; a placeholder stands where there is none."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        urls = {"Repository": REPOSITORY} if REPOSITORY else {}
        shown = REPOSITORY or "REPOSITORY"

        assert project.get("urls", {}) == urls
        assert f"git clone {shown} chair-sensor" in FRONT
        assert f"?blueprint_url={shown}/blob/main/" in PAGES["sensor/homeassistant/README.md"]


class TestCommands:
    """What is to be typed."""

    @pytest.mark.parametrize("line", commands())
    def test_parses(self, line: str) -> None:
        """Every command in a shell block is understood."""
        assert _parser().parse_args(shlex.split(line)).command

    def test_all_options_are_explained(self) -> None:
        """The table of options is that of `simulate --help`."""
        told = {re.split(r"[ =]", text)[0] for text in first(table(README, "option"))}

        parsed = vars(_parser().parse_args(["simulate"])).keys() - {"command"}
        assert {f"--{name}" for name in parsed} == told

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "line",
        [
            line
            for line in commands()
            if re.search("--script|--sitter", line) and not re.search("--broker|--config", line)
        ],
    )
    def test_simulations_run(
        self, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The simulations shown run to their end."""
        monkeypatch.chdir(tmp_path)

        assert main(shlex.split(line)) == 0

    @pytest.mark.slow
    @pytest.mark.parametrize(("script", "output"), list(scripts()))
    def test_scripts_run(self, script: str, output: str | None) -> None:
        """The scripts shown run, and print what is shown below them; a seat's has its sensor."""
        sensor = ["--set=seat.topic=a/seat", "--set=seat.key=contact"]
        on_a_sensor = re.search(r"^\S+ (seat|bridge) ", script, re.MULTILINE)
        said = simulated("--script", "-", *(sensor if on_a_sensor else []), script=script)

        assert output in (None, said)

    def test_exit_codes(self) -> None:
        """The exit codes are those that --help tells."""
        told = [f"{code}  {meaning}" for code, meaning in table(README, "exit code", "meaning")]

        assert told == [line.strip() for line in _parser().epilog.splitlines()[1:]]  # type: ignore[union-attr]


class TestInstallation:
    """What the virtual Pi types, which the gate does not start."""

    def test_blocks(self) -> None:
        """Its tests find the commands where they look for them."""
        renewed, removed = readme("Update and remove")

        assert len(readme("Install")) == 6
        assert renewed.endswith("\nsudo systemd/install.sh --upgrade\n")
        assert removed == "sudo systemd/install.sh --uninstall\n"


class TestSettings:
    """What is said of settings; their tables are written from the declarations."""

    @pytest.mark.parametrize(
        "text", [text for page in PAGES.values() for text in blocks(page, "toml")]
    )
    def test_toml(self, text: str, tmp_path: Path) -> None:
        """Each TOML snippet is a configuration that loads."""
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")

        assert load(config_file=file, environ={})

    def test_a_default_gives_way(self) -> None:
        """A limit of 4 minutes alone brings the warning 20 s before, as told."""
        assert load(overrides=["sit_limit=4m"], environ={}).rules().pre_alert == 20

    @pytest.mark.parametrize("name", re.findall(r"CHAIR_SENSOR_[A-Z_]+[A-Z]", README))
    def test_environment(self, name: str) -> None:
        """Each environment variable is a setting."""
        key = tuple(name.removeprefix("CHAIR_SENSOR_").lower().split("__"))

        assert key in SETTINGS


class TestMqtt:
    """The public interface."""

    @pytest.mark.slow
    def test_state_example(self, workday: list[dict[str, Any]]) -> None:
        """The state shown was published in the simulation, key by key."""
        shown = json.loads(blocks(section(README, "State"), "json")[0])

        assert shown in [
            one["payload"] for one in workday if one.get("topic", "").endswith("/state")
        ]

    def test_event_example(self, workday: list[dict[str, Any]]) -> None:
        """The event shown was published in the simulation, key by key."""
        shown = json.loads(blocks(section(README, "Events"), "json")[0])

        assert shown in [
            one["payload"] for one in workday if one.get("topic", "").endswith("/event")
        ]

    def test_problems(self) -> None:
        """The words of `problem` are those of the program."""
        problems = next(
            row for row in table(section(README, "State"), "key") if "problem" in row[0]
        )
        assert list(get_args(Problem)) == code(problems[1])

    def test_topics(self, workday: list[dict[str, Any]]) -> None:
        """Whatever is published has a row that tells whether it is retained."""
        retained = {
            topic.replace("<base>", "chair-sensor/simulated").replace("<id>", "simulated"): answer
            for row in table(section(README, "MQTT interface"), "topic", "retained")
            for topic, answer in [(code(row[0])[0], row[1])]
        }

        for one in workday:
            if one["kind"] == "mqtt" and "/set/" not in one["topic"] and "/do/" not in one["topic"]:
                assert ("yes" if one["retain"] else "no") == retained[one["topic"]]
                assert one["qos"] == 1

    def test_commands(self) -> None:
        """Every command has a row, with the range that is accepted."""
        rows = {
            code(row[0])[0].removeprefix("<base>/"): row[1]
            for row in table(section(README, "Commands"), "topic", "payload")
        }

        settings = [*MINUTES, "buzzer", "do_not_disturb", "profile"]
        known = {
            *(f"set/{name}" for name in settings),
            *(f"do/{name}" for name in get_args(Action)),
        }
        assert known == rows.keys()
        for name, (low, high) in MINUTES.items():
            assert rows[f"set/{name}"] == f"minutes, {low}-{high}"

    def test_entities(self) -> None:
        """Both tables of entities are what Home Assistant is told: shown ones, and hidden ones."""
        payload = discovery.payload(
            Topics(chair_id="desk"),
            chair_name="Desk chair",
            version=__version__,
            day_starts=time(4),
        )
        components = payload["cmps"].values()

        for heads, enabled in (
            (("entity", "what it tells or does"), True),
            (("entity", "what it tells"), False),
        ):
            told = first(table(section(README, "Home Assistant"), *heads))
            meant = [
                one["default_entity_id"]
                for one in components
                if one.get("enabled_by_default", True) is enabled
            ]
            assert sorted(told) == sorted(meant)


class TestExercises:
    """What the coach may suggest, and what it says besides."""

    def test_all_are_told(self) -> None:
        """Each exercise has a row, with its dose, its place and its kind."""
        rows = table(README, "exercise", "dose", "where", "kind")

        assert [[name, dose, *code(where), *code(kind)] for name, dose, where, kind in rows] == [
            [each.name.said(), each.dose.said(), each.place, each.kind] for each in EXERCISES
        ]

    @pytest.mark.parametrize("caution", CAUTION)
    def test_caution(self, caution: Text) -> None:
        """No word of caution is left out."""
        assert caution.said() in section(README, "Exercises")


class TestAutomation:
    """The automation for the phone."""

    AUTOMATION = next(
        yaml.safe_load(text) for text in blocks(README, "yaml") if text.startswith("alias")
    )

    def choice(self, event: dict[str, Any]) -> str | None:
        """Decide as Home Assistant would; return the message for the phone."""
        native: Callable[[str], jinja2.Template] = jinja2.Environment(autoescape=False).from_string  # noqa: S701
        for option in self.AUTOMATION["actions"][1]["choose"]:
            if native(option["conditions"]).render(event=event) == "True":
                data = option["sequence"][0]["data"]
                return native(data["message"]).render(event=event)
        return None

    def test_day(self, workday: list[dict[str, Any]]) -> None:
        """Every reminder of a working day is shown, and nothing is left when the sitter is up."""
        shown = None
        for one in workday:
            if one.get("topic", "").endswith("/event"):
                event = one["payload"]
                said = self.choice(event)
                if event["event_type"] in ("break_due", "break_overdue"):
                    assert said == f"{event['message']} {event['exercise']['text']}"
                shown = None if said == "clear_notification" else said or shown
                if event["event_type"] == "stood_up":
                    assert shown is None

    def test_quiet(self) -> None:
        """Quiet hours are quiet on the phone, too."""
        assert self.choice({"event_type": "break_due", "quiet": True, "message": "x"}) is None

    def test_topic(self) -> None:
        """It listens where the chair with the id of the example configuration speaks."""
        ids = [tomllib.loads(text).get("chair", {}).get("id") for text in blocks(README, "toml")]

        topic = self.AUTOMATION["triggers"][0]["topic"]
        assert topic in [Topics(chair_id=one).event for one in ids if one]


class TestSimulator:
    """The tables of the simulator."""

    def test_actions(self) -> None:
        """Every action has a row."""
        told = {text.split()[0] for text in first(table(README, "action", "effect"))}

        assert set(_READERS) == told

    @pytest.mark.parametrize("text", first(table(README, "action", "effect")))
    def test_forms(self, text: str) -> None:
        """Each form of an action can be written as the table says."""
        for optional in (r" \1", ""):
            line = re.sub(r" \[([^]]+)\]", optional, text)
            for placeholder, value in {
                "DURATION": "90s",
                "DUTY": "80%",
                "SHARE": "5%",
                "SUBTOPIC": "set/snooze",
                "PAYLOAD": "5",
            }.items():
                line = line.replace(placeholder, value)

            assert read(f"0:10 {line}", "README.md")

    def test_ready_scripts(self) -> None:
        """Every script that ships has a row."""
        assert sorted(ready_scripts()) == sorted(first(table(README, "ready script")))

    def test_keys(self) -> None:
        """Every key of the screen has a row."""
        assert first(table(README, "key", "what it does")) == [each.key for each in screen.KEYS]

    def test_records(self, workday: list[dict[str, Any]]) -> None:
        """The records have the keys that the table names."""
        told = {
            tuple(re.findall(r'"(\w+)"(?!,? ?"?:)', text.replace('"kind": ', '"kind", '))): text
            for text in first(table(README, "record"))
        }

        for record in workday:
            keys = (*list(record)[:2], record["kind"], *list(record)[2:])
            assert keys in told


class TestHardware:
    """hardware.md names the pins that the program uses."""

    def test_pin_table(self) -> None:
        """Pins called default are the defaults; optional ones are off unless set."""
        for row in table(HARDWARE, "what", "`[pins]` key"):
            value = getattr(Pins(), code(row[1])[0])

            assert value == (int(row[2]) if row[4] == "default" else None)

    def test_toml(self) -> None:
        """Keys and numbers in its TOML are those of its table, and every key of [pins] is there."""
        text = blocks(HARDWARE, "toml")[0]
        pins = tomllib.loads(text.replace("# chip", "chip"))["pins"]
        numbers: dict[str, list[int]] = {}
        for row in table(HARDWARE, "what", "`[pins]` key"):
            numbers.setdefault(code(row[1])[0], []).append(int(row[2]))

        assert {item.name for item in fields(Pins)} == pins.keys()
        for key, found in numbers.items():
            value = pins[key]
            assert found == (value if isinstance(value, list) else [value])

    def test_a_physical_pin_is_told_by_its_number(self) -> None:
        """Who writes the number on the header is told the other one, as in the table."""
        told = {row[3]: row[2] for row in table(HARDWARE, "what", "`[pins]` key")}

        for physical, number in told.items():
            if int(physical) > 27:
                with pytest.raises(
                    SettingsError, match=rf"Physical pin {physical} is BCM {number}\.$"
                ):
                    load(overrides=[f"pins.mat={physical}"], environ={})
        assert {int(each) for each in told if int(each) > 27} >= {29, 31, 37}

    def test_defaults_named(self) -> None:
        """The two numbers that may be left out are the defaults."""
        assert f"`mat = {Pins().mat}` and `buzzer = {Pins().buzzer}` are the defaults" in HARDWARE


def test_every_table_of_the_file_has_a_section() -> None:
    """The tables of the file are those that the README explains."""
    for name, table_of in {"chair": Chair, "pins": Pins, "seat": Seat, "mqtt": Mqtt}.items():
        assert section(README, f"`[{name}]`")
        assert fields(table_of)
