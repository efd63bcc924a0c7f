"""Commands from the network: what is understood, what is refused, and in which words."""

import json
import random
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.core.rules import PROFILES, contradictions
from sensor.daemon.commands import Action, Command, Press, SwitchBuzzer, SwitchDnd, Unknown
from sensor.languages import translation
from sensor.mqtt.commands import parse
from sensor.mqtt.topics import CommandKind
from sensor.settings.config import Config
from sensor.settings.overrides import (
    MINUTES,
    Change,
    Refusal,
    apply_change,
    reconciled,
    restored,
    rule_changes,
)

SETTINGS = (*MINUTES, "buzzer", "do_not_disturb", "profile")
ACTIONS = get_args(Action)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("kind", "name", "payload", "expected"),
    [
        ("set", "sit_limit", b"45", Change({"sit_limit": 2700.0})),
        ("set", "sit_limit", b"7.5", Change({"sit_limit": 450.0})),
        ("set", "sit_limit", b"1", Change({"sit_limit": 60.0})),
        ("set", "sit_limit", b"240", Change({"sit_limit": 14400.0})),
        ("set", "sit_limit", b"045.0", Change({"sit_limit": 2700.0})),
        ("set", "break_min", b"60", Change({"break_min": 3600.0})),
        ("set", "snooze", b"1", Change({"snooze": 60.0})),
        ("set", "pre_alert", b"0", Change({"pre_alert": 0.0})),
        ("set", "profile", b"metabolic", Change({"profile": "metabolic"})),
        ("set", "buzzer", b"ON", SwitchBuzzer(on=True)),
        ("set", "buzzer", b"OFF", SwitchBuzzer(on=False)),
        ("set", "do_not_disturb", b"ON", SwitchDnd(on=True)),
        ("set", "do_not_disturb", b"OFF", SwitchDnd(on=False)),
        *(("do", action, b"PRESS", Press(action)) for action in ACTIONS),
    ],
)
def test_good_commands(kind: CommandKind, name: str, payload: bytes, expected: Command) -> None:
    """Each setting and action is understood; minutes become seconds."""
    assert parse(kind, name, payload) == expected


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("set/sit_limit", b"999", "set/sit_limit: '999' is out of range, 1-240 minutes"),
        ("set/sit_limit", b"0", "set/sit_limit: '0' is out of range, 1-240 minutes"),
        ("set/break_min", b"60.01", "set/break_min: '60.01' is out of range, 1-60 minutes"),
        (
            "set/snooze",
            b"soon",
            "set/snooze: 'soon' is not written like 45 or 7.5, 1-60 minutes",
        ),
        (
            "set/pre_alert",
            b"a\nb\x1b[2J\xff",
            r"set/pre_alert: 'a\nb\x1b[2J" + "\N{REPLACEMENT CHARACTER}"
            "' is not written like 45 or 7.5, 0-60 minutes",
        ),
        (
            "set/sit_limit",
            b"9" * 5000,
            f"set/sit_limit: '{'9' * 36}... is not written like 45 or 7.5, 1-240 minutes",
        ),
        ("set/buzzer", b"on", "set/buzzer: 'on' is neither ON nor OFF"),
        ("set/do_not_disturb", b"", "set/do_not_disturb: '' is neither ON nor OFF"),
        ("do/reset", b"press", "do/reset: 'press' is not PRESS"),
        (
            "set/profile",
            b"houry",
            (
                "set/profile: 'houry' is none of standard, hourly, metabolic, gentle, demo; "
                "did you mean hourly?"
            ),
        ),
        (
            "set/profile",
            b"",
            "set/profile: '' is none of standard, hourly, metabolic, gentle, demo",
        ),
    ],
)
def test_refusals_say_topic_value_and_what_is_allowed(
    topic: str, payload: bytes, reason: str
) -> None:
    """A bad value is refused in one line that is harmless in a log."""
    kind, name = topic.split("/")

    assert parse(kind, name, payload) == Refusal(reason)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "payload",
    [
        *("", " 45", "45 ", "45\n", "+45", "-1", "4_5", "1e2", "45.", ".5", "4,5", "0x2d"),
        *("nan", "inf", "45m", "PT45M", "٤٥", "４５", "¾", "45\0", "[45]", '"45"'),  # noqa: RUF001
    ],
)
def test_minutes_have_one_spelling(payload: str) -> None:
    """Only plain ASCII digits, with or without decimals, are minutes."""
    assert isinstance(parse("set", "sit_limit", payload.encode()), Refusal)


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("set/sit_limt", "'set/sit_limt' does not exist; did you mean set/sit_limit?"),
        ("set/reset", "'set/reset' does not exist; did you mean do/reset?"),
        ("set/snoze", "'set/snoze' does not exist; did you mean set/snooze?"),
        ("do/buzzer", "'do/buzzer' does not exist; did you mean set/buzzer?"),
        (
            "do/xyz",
            "'do/xyz' does not exist; do/ knows snooze, void, reset, test_buzzer, reset_settings",
        ),
        (
            "set/",
            (
                "'set/' does not exist; set/ knows sit_limit, pre_alert, break_min, snooze, "
                "buzzer, do_not_disturb, profile"
            ),
        ),
    ],
)
def test_unknown_topics_get_a_hint(topic: str, reason: str) -> None:
    """A topic that does not exist is no refusal, and the nearest one is suggested."""
    kind, name = topic.split("/")

    assert parse(kind, name, b"ON") == Unknown(reason)  # type: ignore[arg-type]


@pytest.mark.slow
@given(st.sampled_from(["set", "do"]), st.text(), st.binary())
def test_anything_from_the_network_gets_an_answer(
    kind: CommandKind, name: str, payload: bytes
) -> None:
    """Whatever the topic and the payload, there is an answer of one line and no exception."""
    assert_sound(parse(kind, name, payload))


def test_ten_thousand_random_payloads_do_no_harm() -> None:
    """Random bytes on every topic raise nothing, and a refusal leaves the overrides as they are."""
    dice = random.Random(1)  # noqa: S311
    topics: list[tuple[CommandKind, str]] = [
        *(("set", name) for name in SETTINGS),
        *(("do", name) for name in ACTIONS),
    ]
    alphabets = (bytes(range(256)), b"0123456789.", b"0123456789.eE+-_ ", b"ONFPRESmetabolichourly")
    config = Config()
    overrides: dict[str, Any] = {"sit_limit": 2700.0, "buzzer": False}

    for _ in range(10_000):
        kind, name = dice.choice(topics)
        payload = bytes(dice.choices(dice.choice(alphabets), k=dice.randrange(12)))
        before = dict(overrides)
        answer = parse(kind, name, payload)
        assert_sound(answer)
        if isinstance(answer, Change):
            changed = apply_change(config, overrides, answer)
            assert overrides == before
            if not isinstance(changed, Refusal):
                overrides = changed
                assert not contradictions(config.rules(rule_changes(overrides)))


def assert_sound(answer: Command | Refusal | Unknown) -> None:
    """Check that numbers are in range and reasons are one printable line of bounded length."""
    match answer:
        case Refusal(reason) | Unknown(reason):
            assert reason.isprintable()
            assert len(reason) < 200
        case Change(values):
            for name, value in values.items():
                low, high = MINUTES.get(name, (0, 0))
                assert name == "profile" or low * 60 <= value <= high * 60
        case _:
            pass


def changed(
    overrides: Mapping[str, Any], values: Mapping[str, Any], config: Config | None = None
) -> dict[str, Any]:
    """Apply a change that must not be refused."""
    result = apply_change(config or Config(), overrides, Change(values))
    assert isinstance(result, dict)
    return result


def test_a_number_changes_just_itself() -> None:
    """A new number is added to the overrides, and the old ones stay as they are."""
    overrides = {"snooze": 600.0, "buzzer": False}

    assert changed(overrides, {"sit_limit": 2700.0}) == {
        "snooze": 600.0,
        "buzzer": False,
        "sit_limit": 2700.0,
    }
    assert overrides == {"snooze": 600.0, "buzzer": False}


def test_a_profile_beats_the_file() -> None:
    """Choosing a profile acts even where the configuration file says otherwise."""
    config = Config(profile="hourly", explicit={"sit_limit": 2400.0, "buzzer_style": "steady"})

    rules = config.rules(rule_changes(changed({}, {"profile": "gentle"}, config)))

    assert (rules.sit_limit, rules.break_min, rules.buzzer_style) == (3600, 120, "off")


def test_a_profile_takes_the_traces_of_earlier_changes_away() -> None:
    """Nothing that profiles set is left of an earlier profile or number; the rest stays."""
    overrides = changed({"buzzer": False, "snooze": 600.0}, {"profile": "demo"})

    assert overrides["level_after"] == (0, 5, 10, 20)
    assert changed(overrides, {"profile": "standard"}) == {
        "profile": "standard",
        "sit_limit": 3600,
        "break_min": 300,
        "buzzer": False,
    }


def test_a_number_after_a_profile_keeps_the_profile() -> None:
    """A number is laid over the chosen profile."""
    overrides = changed({}, {"profile": "metabolic"})

    overrides = changed(overrides, {"sit_limit": 1200.0})

    assert overrides == {"profile": "metabolic", "break_min": 300, "sit_limit": 1200}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_can_be_chosen(profile: str) -> None:
    """With the defaults no profile contradicts itself, and its values become the rules."""
    rules = Config().rules(rule_changes(changed({}, {"profile": profile})))

    assert rules == Config(profile=profile).rules()


def test_contradicting_number_is_refused() -> None:
    """A number that contradicts another setting is refused, and both are named."""
    overrides = {"buzzer": True, "pre_alert": 300.0}

    refused = apply_change(Config(), overrides, Change({"sit_limit": 240.0}))

    assert isinstance(refused, Refusal)
    assert refused.reason == (
        "set/sit_limit: 4m contradicts other settings: "
        "pre_alert (5m) must be shorter than sit_limit (4m)"
    )
    assert refused.settings == ("sit_limit",)
    assert refused.why is not None
    assert refused.why.said(translation("de")) == (
        "Vorwarnung (5 min) muss kürzer sein als Sitzgrenze (4 min)"
    )
    assert overrides == {"buzzer": True, "pre_alert": 300.0}


def test_a_default_gives_way() -> None:
    """A warning that nobody has set is no reason to refuse a short limit."""
    assert changed({}, {"sit_limit": 240.0}) == {"sit_limit": 240.0}
    assert Config().rules({"sit_limit": 240.0}).pre_alert == 20


def test_contradicting_profile_is_refused() -> None:
    """A profile that contradicts what the file says is refused."""
    config = Config(explicit={"short_absence": 180.0})

    refused = apply_change(config, {}, Change({"profile": "gentle"}))

    assert isinstance(refused, Refusal)
    assert refused.reason == (
        "set/profile: 'gentle' contradicts other settings: "
        "break_min (2m) must be longer than short_absence (3m)"
    )
    assert refused.settings == ("profile",)
    assert refused.why is not None
    assert refused.why.said() == "Break length (2 min) must be longer than short_absence (3 min)"


def test_each_contradiction_is_told() -> None:
    """A refusal names all that was asked for and all that speaks against it, lists in words."""
    config = Config(explicit={"short_absence": 180.0, "suspicious_after": 3700.0})

    refused = apply_change(config, {}, Change({"sit_limit": 3600.0, "break_min": 120.0}))

    assert isinstance(refused, Refusal)
    assert refused.reason == (
        "set/sit_limit: 1h, set/break_min: 2m contradicts other settings: "
        "break_min (2m) must be longer than short_absence (3m); "
        "suspicious_after (1h1m40s) must be longer than sit_limit (1h) plus the last of "
        "level_after (0s, 2m, 5m, 10m)"
    )

    refused = apply_change(config, {}, Change({"sit_limit": 3600.0}))

    assert isinstance(refused, Refusal)
    assert refused.why is not None
    assert refused.why.said() == (
        "suspicious_after (1 h 1 min) must be longer than Sit limit (1 h) plus the last of "
        "level_after (0 s, 2 min, 5 min, 10 min)"
    )


def test_rule_changes_leaves_the_switch_out() -> None:
    """The buzzer switch is remembered with the overrides, but it is no rule."""
    assert rule_changes({"buzzer": False, "snooze": 60.0, "profile": "demo"}) == {
        "snooze": 60.0,
        "profile": "demo",
    }


@pytest.mark.parametrize("profile", PROFILES)
def test_overrides_survive_json(profile: str) -> None:
    """Overrides written as JSON and read back are the same, tuples included."""
    overrides = changed({"buzzer": False}, {"profile": profile})

    assert restored(json.loads(json.dumps(overrides))) == (overrides, [])


def test_nothing_stored_is_no_complaint() -> None:
    """A first start has no overrides and nothing to complain about."""
    assert restored(None) == ({}, [])


@pytest.mark.parametrize(
    ("stored", "complaint"),
    [
        ([1], "stored settings dropped: [1] is not an object"),
        ({"sit_limit": "45"}, "stored setting dropped: 'sit_limit' cannot be '45'"),
        ({"sit_limit": True}, "stored setting dropped: 'sit_limit' cannot be True"),
        ({"sit_limit": -5}, "stored setting dropped: 'sit_limit' cannot be -5"),
        ({"sit_limit": float("nan")}, "stored setting dropped: 'sit_limit' cannot be nan"),
        ({"pre_alert": 10**400}, f"stored setting dropped: 'pre_alert' cannot be 1{'0' * 36}..."),
        ({"level_after": [0, 1]}, "stored setting dropped: 'level_after' cannot be [0, 1]"),
        ({"buzzer_style": "loud"}, "stored setting dropped: 'buzzer_style' cannot be 'loud'"),
        ({"buzzer": 1}, "stored setting dropped: 'buzzer' cannot be 1"),
        ({"profile": ["demo"]}, "stored setting dropped: 'profile' cannot be ['demo']"),
        ({"profile": "lazy"}, "stored setting dropped: 'profile' cannot be 'lazy'"),
        ({"x" * 38: 1}, f"stored setting dropped: '{'x' * 38}' cannot be 1"),
        ({"time\nzone": "UTC"}, r"stored setting dropped: 'time\nzone' cannot be 'UTC'"),
    ],
)
def test_what_is_not_understood_is_dropped(stored: object, complaint: str) -> None:
    """A damaged or outdated override is dropped with one line, and the good ones stay."""
    good = {"snooze": 600}
    both = {**good, **stored} if isinstance(stored, dict) else stored

    overrides, complaints = restored(both)

    assert complaints == [complaint]
    assert overrides == (good if isinstance(stored, dict) else {})


@pytest.mark.parametrize(("name", "ends"), MINUTES.items())
def test_the_ends_of_the_ranges(name: str, ends: tuple[int, int]) -> None:
    """What the topics offer is believed, and nothing beside it."""
    least, most = (60 * minutes for minutes in ends)

    for seconds in (least, most):
        assert restored({name: seconds}) == ({name: seconds}, [])
    for seconds in (least - 1, most + 1):
        assert restored({name: seconds})[0] == {}


@pytest.mark.slow
@given(
    JSON | st.dictionaries(st.sampled_from([*SETTINGS, *PROFILES["demo"], "buzzer_style"]), JSON)
)
def test_any_json_is_restored_to_working_rules(stored: object) -> None:
    """Whatever the state directory holds, reading it raises nothing and gives sound rules."""
    overrides, complaints = restored(stored)
    overrides, conflicts = reconciled(Config(), overrides)

    assert not contradictions(Config().rules(rule_changes(overrides)))
    assert all(line.isprintable() for line in complaints + conflicts)


def test_file_edited_against_the_overrides_wins() -> None:
    """Overrides that contradict a file edited since are dropped, except the buzzer switch."""
    config = Config(explicit={"sit_limit": 1800.0})

    assert reconciled(config, {"pre_alert": 2400.0, "buzzer": False}) == (
        {"buzzer": False},
        [
            (
                "settings changed over MQTT dropped: "
                "pre_alert (40m) must be shorter than sit_limit (30m)"
            )
        ],
    )


def test_fitting_overrides_stay() -> None:
    """Overrides that go well with the file are kept as they are."""
    assert reconciled(Config(), {"pre_alert": 60.0}) == ({"pre_alert": 60.0}, [])
