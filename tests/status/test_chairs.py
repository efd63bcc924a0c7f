"""Several chairs on one machine, each with a name: no command answers for another one."""

import os
from pathlib import Path
from typing import Any

import pytest

from sensor.commands import main
from sensor.doctor import configuration
from sensor.doctor.configuration import Configuration
from sensor.doctor.examination import examine
from sensor.settings.chairs import clashes
from sensor.settings.loading import load
from sensor.settings.unit import ONE, Unit, instance_of, unit_of
from sensor.setup import new_settings
from sensor.setup.new_settings import NewSettings
from sensor.setup.system import System
from sensor.setup.wizard import Wizard
from sensor.status import client
from sensor.storage import paths
from tests.kit import Stage
from tests.setup.kit import Volunteer
from tests.status.conftest import Starter

SYSTEMCTL = """\
#!/bin/sh
case "$1 $2" in
"show chair-sensor@"*) echo LoadState=loaded; echo UnitFileState=disabled ;;
"show "*) echo LoadState=loaded; echo UnitFileState=enabled ;;
*) echo "$@" >>{log} ;;
esac
echo ActiveState=inactive
"""
OF_CHAIRS = {
    "state_dir": 'state_dir = "/srv/chair"\n',
    "id": '[chair]\nid = "desk"\n',
    "client id": '[mqtt]\nclient_id = "one"\n',
    "pins": "[pins]\nmat = 6\nbuzzer = 12\n",
    "seat": '[seat]\ntopic = "zigbee2mqtt/pad"\n',
    "name": '[chair]\nname = "Sofa"\n',
}


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep this machine out of it; returns the root of another one, which systemd does not run."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    for module in (configuration, new_settings):
        monkeypatch.setattr(module, "CREDSTORE", tmp_path / "etc/credstore")
    monkeypatch.setattr("sensor.settings.unit.BOOTED", tmp_path / "no-systemd")
    monkeypatch.setattr("sensor.settings.unit.DEFAULT_FILE", tmp_path / "etc/chair-sensor/it.toml")
    monkeypatch.setattr(client, "UNIT_DIRECTORY", tmp_path / "run/chair-sensor")
    monkeypatch.setattr(paths, "SYSTEM_STATE", tmp_path / "var/chair-sensor")
    return tmp_path


def made(*chairs: str | None, text: str = "") -> None:
    """Write settings for chairs; None: for the one without a name."""
    for chair in chairs:
        Unit(chair).settings.parent.mkdir(parents=True, exist_ok=True)
        Unit(chair).settings.write_text(text)


def started(daemon: Starter, *chairs: str | None) -> None:
    """Start the daemons of chairs, as their units do."""
    for chair in chairs:
        unit = Unit(chair)
        mqtt = {"base_topic": f"chair-sensor/{chair}", "connected": False}
        state = str(unit.own(client.UNIT_DIRECTORY.parents[1] / "var/chair-sensor"))
        daemon(unit.own(client.UNIT_DIRECTORY), name=f"Chair {chair}", mqtt=mqtt, state_dir=state)


def systemctl(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let systemd run the machine, with this program to ask it."""
    program = folder / "systemctl"
    program.write_text(text)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setattr("sensor.settings.unit.BOOTED", folder)


@pytest.fixture
def heads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `status` print the name of the daemon that answers, for these daemons know no more."""
    monkeypatch.setattr("sensor.status.text.lines", lambda answer, _width: [answer["name"]])


class TestNames:
    """Which chair is meant."""

    def test_of_a_settings_file(self, tmp_path: Path) -> None:
        """The settings file tells the chair, named or not; other files are no unit's."""
        sofa = tmp_path / "etc/chair-sensor@sofa/it.toml"

        assert unit_of(None) == unit_of(ONE.settings) == ONE
        assert unit_of(sofa) == instance_of(sofa) == Unit("sofa")
        assert sofa == Unit("sofa").settings
        for other in ("chair-sensor@sofa/other.toml", "chair-sensor@So fa/it.toml", "x/it.toml"):
            assert unit_of(tmp_path / "etc" / other) is None

    def test_of_a_unit_that_reads_another_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where a drop-in names another file, that one is the unit's, and the usual one is none."""
        systemctl(
            tmp_path,
            monkeypatch,
            "#!/bin/sh\necho 'ExecStart={ path=/x ; argv[]=/x run --config /srv/it.toml ; }'\n",
        )

        assert unit_of(Path("/srv/it.toml")) == ONE
        assert unit_of(ONE.settings) is None

    @pytest.mark.parametrize("text", ["#!/bin/sh\necho A=1; exit 1\n", None])
    def test_systemd_that_says_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
    ) -> None:
        """A systemctl that fails or is not there is no reason to stop."""
        if text is None:
            monkeypatch.setenv("PATH", str(tmp_path))
            monkeypatch.setattr("sensor.settings.unit.BOOTED", tmp_path)
        else:
            systemctl(tmp_path, monkeypatch, text)

        assert ONE.properties() == ({} if text is None else {"A": "1"})

    def test_of_a_command(self) -> None:
        """A command line for a chair names it where it has a name."""
        assert ONE.command("status") == "chair-sensor status"
        assert Unit("sofa").command("status") == "chair-sensor status --chair sofa"

    @pytest.mark.parametrize(
        "command",
        [
            *("status", "doctor", "check-config", "report", "export", "forget today", "silence"),
            *("homeassistant purge", "homeassistant discovery", "self-check", "run"),
        ],
    )
    def test_no_such_chair(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        """One line lists the chairs that there are, and how another one comes about."""
        made(None, "sofa", "attic")

        assert main.main([*command.split(), "--chair", "sofe"]) == 2

        assert capsys.readouterr().err == (
            "chair-sensor: --chair sofe: there is no such chair; here: the one without a name, "
            "attic, sofa; sudo chair-sensor setup --chair sofe makes it\n"
        )

    def test_before_there_is_one_with_a_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A list of none is left out."""
        made(None)

        assert main.main(["check-config", "--chair", "sofa"]) == 2

        assert capsys.readouterr().err == (
            "chair-sensor: --chair sofa: no chair with a name is here; "
            "sudo chair-sensor setup --chair sofa makes it\n"
        )

    @pytest.mark.parametrize("name", ["", "So fa", "a/b", "..", "-x", "x" * 19, "a@b", "tür"])
    @pytest.mark.parametrize("command", ["status", "setup"])
    def test_what_cannot_be_a_name(
        self, command: str, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A name is part of file names and of a user's name."""
        assert main.main([command, f"--chair={name}"]) == 2

        assert "a name has small letters, digits, - and _, at most 18; here: none" in (
            capsys.readouterr().err
        )

    def test_two_ways_to_say_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A name and a file do not go together."""
        made("sofa")
        with pytest.raises(SystemExit) as ended:
            main.main(["doctor", "--chair", "sofa", "--config", "x.toml"])

        assert ended.value.code == 2
        assert "--config: not allowed with argument --chair" in capsys.readouterr().err

    def test_before_the_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        """It stands where all options stand, and a line says so."""
        with pytest.raises(SystemExit):
            main.main(["--chair", "sofa", "status"])

        assert "write status --chair ..." in capsys.readouterr().err


@pytest.mark.usefixtures("heads")
class TestStatus:
    """`status` of several chairs."""

    def test_of_one(self, daemon: Starter, capsys: pytest.CaptureFixture[str]) -> None:
        """The chair that is named answers."""
        made(None, "sofa", "attic")
        started(daemon, None, "sofa", "attic")

        assert main.main(["status", "--chair", "sofa"]) == 0

        assert capsys.readouterr().out == "Chair sofa\n"

    def test_of_one_that_does_not_run(
        self, daemon: Starter, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No other one answers for it."""
        made(None, "sofa", "attic")
        started(daemon, None, "attic")

        assert main.main(["status", "--chair", "sofa"]) == 1

        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.endswith("; start it: sudo systemctl start chair-sensor@sofa\n")
        assert "/var/" not in said.err  # its folder is closed to users, and no sign of a daemon

    def test_one_that_was_started_by_hand(
        self, daemon: Starter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The chair without a name does not answer for one with a name, however it was started."""
        made(None, "sofa")
        daemon(tmp_path / "home/.local/state/chair-sensor", name="By hand", state_dir="/nowhere")

        assert main.main(["status", "--chair", "sofa"]) == 1
        assert main.main(["status"]) == 0

        assert capsys.readouterr().out == "By hand\n"

    def test_of_all(self, daemon: Starter, capsys: pytest.CaptureFixture[str]) -> None:
        """Without a name all answer; who does not is named."""
        made(None, "sofa", "attic", "hall")
        started(daemon, None, "sofa", "attic")

        assert main.main(["status"]) == 0

        said = capsys.readouterr()
        assert said.out == "Chair None\n\nChair attic\n\nChair sofa\n"
        assert "start chair-sensor@hall" in said.err

    def test_only_chairs_with_a_name(
        self, daemon: Starter, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The chair without a name need not be in use."""
        made(None, "sofa")
        started(daemon, "sofa")

        assert main.main(["status"]) == 0
        assert capsys.readouterr() == ("Chair sofa\n", "")

        assert main.main(["status", "--json"]) == 1
        assert capsys.readouterr().err == (
            "chair-sensor: no daemon answers; say which: --chair NAME (here: the one without a "
            "name, sofa)\n"
        )

    def test_for_programs(self, daemon: Starter, capsys: pytest.CaptureFixture[str]) -> None:
        """A program that knows of no names gets what it has always got."""
        made(None, "sofa")
        started(daemon, None, "sofa")

        assert main.main(["status", "--json"]) == 0

        assert '"name": "Chair None"' in capsys.readouterr().out


class TestState:
    """Where a chair's state is looked for."""

    def test_its_own(self, tmp_path: Path) -> None:
        """A named chair's state is in its own folders, and nowhere else."""
        made("sofa")
        config = load(config_file=Unit("sofa").settings, environ={})

        own = [tmp_path / "var/chair-sensor@sofa", tmp_path / "home/.local/state/chair-sensor@sofa"]
        assert paths.state_directories(config) == own

    def test_by_hand(self, tmp_path: Path) -> None:
        """Started by hand, two chairs of one user do not share a folder."""
        made("sofa")
        config = load(config_file=Unit("sofa").settings, environ={})

        made_there = paths.state_directory(config)

        assert made_there == tmp_path / "home/.local/state/chair-sensor@sofa"

    @pytest.mark.parametrize("command", ["report", "export", "forget today --yes"])
    def test_no_other_history(
        self, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A chair without a history gets none of another chair."""
        made(None, "sofa")
        for folder in ("var/chair-sensor", "home/.local/state/chair-sensor"):
            (tmp_path / folder).mkdir(parents=True)
            (tmp_path / folder / paths.DATABASE).touch()

        assert main.main([*command.split(), "--chair", "sofa"]) == 1

        said = capsys.readouterr().err
        assert f"no history yet in {tmp_path}/var/chair-sensor@sofa/" in said
        assert "; another chair: --chair NAME (here: the one without a name, sofa)" in said

    def test_its_own_password(self, tmp_path: Path) -> None:
        """The secrets of another chair are not tried."""
        made("sofa", "attic", text='[mqtt]\nusername = "chair"\n')
        store = tmp_path / "etc/credstore"
        store.mkdir()
        (store / "chair-sensor.mqtt_password").write_text("of the one\n")
        (store / "chair-sensor@sofa.mqtt_password").write_text("of the sofa\n")

        sofa, attic = (Configuration(Unit(name).settings, []).config for name in ("sofa", "attic"))

        assert sofa is not None
        assert attic is not None
        assert (sofa.mqtt.password, attic.mqtt.password) == ("of the sofa", None)


class TestClashes:
    """What two chairs must not share."""

    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            (
                "pins",
                "pins.mat and pins.mat of chair sofa share GPIO6. Give each wire its own.",
            ),
            ("id", "chair.id = desk is that of chair sofa, too. Change one of them."),
            ("client id", "mqtt.client_id is that of chair sofa, too. Change one of them."),
            (
                "seat",
                "seat.topic is that of chair sofa, too: one sensor for two chairs. Change one.",
            ),
            (
                "name",
                (
                    "chair.name = 'Sofa' is that of chair sofa, too: Home Assistant would number "
                    "the ids of one. Change one of them."
                ),
            ),
            (
                "state_dir",
                "state_dir is that of chair sofa, too. Leave it out: each has its own then.",
            ),
        ],
    )
    def test_said_by_check_config(
        self, name: str, problem: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """`check-config` refuses it in both chairs, and names the other one."""
        pins = "" if name == "pins" else "[pins]\nmat = 6\nbuzzer = 12\n"
        made("sofa", text=OF_CHAIRS[name])
        made("attic", text=OF_CHAIRS[name] + pins)

        assert main.main(["check-config", "--chair", "attic"]) == 2
        assert f"chair-sensor: {problem}" in capsys.readouterr().err.splitlines()
        assert main.main(["check-config", "--chair", "sofa"]) == 2
        assert "chair attic" in capsys.readouterr().err

    def test_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Chairs that share nothing are valid; so is one whose neighbour's settings are not."""
        made(None)
        made("sofa", text=OF_CHAIRS["name"] + OF_CHAIRS["pins"])
        made("attic", text="sit_limt = 1\n")

        assert main.main(["check-config", "--chair", "sofa"]) == 0
        assert capsys.readouterr().err == ""

    def test_the_chair_without_a_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is compared with the others, whatever the environment is; a chair by hand is not."""
        made(None, "sofa", text="[mqtt]\nhost = 'none'\n")
        monkeypatch.setenv("CHAIR_SENSOR_PINS__MAT", "6")
        (tmp_path / "hand.toml").write_text("")

        assert [*clashes(load(environ={}))] == [
            "pins.mat and pins.mat of chair sofa share GPIO5. Give each wire its own.",
            "pins.buzzer and pins.buzzer of chair sofa share GPIO17. Give each wire its own.",
        ]
        assert [*clashes(load(config_file=tmp_path / "hand.toml", environ={}))] == []

    @pytest.mark.parametrize(
        ("one", "other", "shared"), [("0", "0", 2), ("0", "1", 0), ("none", "1", 2)]
    )
    def test_pins_of_chips(self, one: str, other: str, shared: int) -> None:
        """Each chip has pins of its own; one that is looked for may be any of them."""
        text = "[mqtt]\nhost = 'none'\n"
        made("sofa", text=f"{text}[pins]\nchip = {one}\n" if one != "none" else text)
        made("attic", text=f"{text}[pins]\nchip = {other}\n")

        found = [*clashes(load(config_file=Unit("sofa").settings, environ={}))]

        assert len(found) == shared

    def test_chairs_that_are_not_in_use(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A unit that is not enabled takes nothing; a new chair is compared with those that are."""
        made(None, "sofa", "attic")
        systemctl(tmp_path, monkeypatch, SYSTEMCTL.format(log=tmp_path / "log"))

        found = [*clashes(load(config_file=Unit("sofa").settings, environ={}))]

        one = "of the chair without a name share"
        assert found == [
            f"pins.mat and pins.mat {one} GPIO5. Give each wire its own.",
            f"pins.buzzer and pins.buzzer {one} GPIO17. Give each wire its own.",
            (
                "chair.name = 'Desk chair' is that of the chair without a name, too: Home "
                "Assistant would number the ids of one. Change one of them."
            ),
        ]
        assert [*clashes(load(environ={}))] == []

    def test_said_by_doctor(self, stage: Stage) -> None:
        """The check-up of each chair has a line for it, if there are several."""
        made("sofa", text=f"{OF_CHAIRS['pins']}[mqtt]\nhost = 'none'\n")
        sofa = Configuration(Unit("sofa").settings, [])
        alone = {each.check: each for each in examine(sofa, stage.factory, stage)}
        made("attic")
        well = {each.check: each for each in examine(sofa, stage.factory, stage)}
        made("attic", text=OF_CHAIRS["pins"])
        badly = {each.check: each for each in examine(sofa, stage.factory, stage)}

        assert well["chairs"].found == "shares nothing with another; here: attic, sofa"
        assert badly["chairs"].verdict == "fail"
        assert alone["daemon"].fix == "sudo systemctl start chair-sensor@sofa"
        assert "`chair-sensor setup --chair sofa`" in alone["buzzer"].found


class TestSetup:
    """`setup --chair NAME`."""

    def led(self, stage: Stage, **answers: Any) -> Volunteer:
        """Lead a person through the setup of a new chair."""
        person = Volunteer(present=False, **answers)
        settings = NewSettings(Unit("sofa").settings)
        settings.take({("pins", "mat"): "6", ("pins", "buzzer"): "12"})
        settings.take_user("chair", "secret")
        settings.take({("mqtt", "host"): "localhost"})
        Wizard(settings, person, System(person.say, dry=False), stage, stage.factory).run(
            ("service",)
        )
        return person

    def test_it_makes_a_chair(
        self, tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Name and id are proposed after the chair's name; file, secret and unit are its own."""
        systemctl(tmp_path, monkeypatch, SYSTEMCTL.format(log=tmp_path / "log"))

        person = self.led(stage)

        config = load(config_file=Unit("sofa").settings, environ={})
        assert (config.chair.name, config.chair.id) == ("Sofa chair", "sofa")
        secret = tmp_path / "etc/credstore/chair-sensor@sofa.mqtt_password"
        assert secret.read_text() == "secret\n"
        assert (tmp_path / "log").read_text().splitlines() == [
            "enable chair-sensor@sofa",
            "restart chair-sensor@sofa",
        ]
        assert person.said[-1] == "`chair-sensor status --chair sofa` shows the current state."

    def test_the_service_can_read_its_settings(self, stage: Stage) -> None:
        """Folder and file of a new chair are readable by its user, whatever root's umask is."""
        before = os.umask(0o077)
        try:
            self.led(stage)
        finally:
            os.umask(before)

        file = Unit("sofa").settings
        assert file.parent.stat().st_mode & 0o777 == 0o755
        assert file.stat().st_mode & 0o777 == 0o644

    def test_pins_of_another_chair(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Before anything is tried it says which pins are taken, and how to say others."""
        made(None)

        code = main.main(
            ["setup", "--chair", "sofa", "--yes", "--seat", "wired", "--broker", "none"]
        )

        assert code == 2
        said = capsys.readouterr().err
        assert "pins.mat and pins.mat of the chair without a name share GPIO5." in said
        assert "--set pins.mat=6" in said
        assert not Unit("sofa").settings.exists()
