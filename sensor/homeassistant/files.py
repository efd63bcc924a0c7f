"""The files that ship for Home Assistant: automation blueprints and dashboards.

Pure text, no YAML library: the files are valid as they stand, in English. In another language their
texts are exchanged. A text is what stands on one line, or folded (`>-`), under one of the keys in
`_TEXT`; under `default:` and in a list it is in double quotes. Templates are never texts.
"""

import json
import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from sensor import REPOSITORY
from sensor.core.words import Translate
from sensor.errors import ChairSensorError, SettingsError

FILES = resources.files("sensor.homeassistant")
BLUEPRINTS = FILES / "blueprints"
BASE_TOPIC = "chair-sensor"
"""The default in the files."""

_TEXT = re.compile(
    r"""
    ^(?P<lead>(?P<indent>\ *)(?:-\ )?(?:name|description|label|heading|title|content|text\w*):\ )
    (?: >-\n(?P<folded>(?:(?P=indent)\ \ .*\n | \n(?=\n*(?P=indent)\ \ ))+)
      | (?P<plain>"[^"\n]*[^\W\d_]{2}[^"\n]*" | (?!true$|false$)[^\W\d_][^\n]*)\n )
    | ^(?P<before>\ *(?:default:|-)\ )(?P<quoted>"[^"\n]*[^\W\d_]{2}[^"\n]*")\n
    """,
    re.MULTILINE | re.VERBOSE,
)
_BUZZER_CARD = re.compile(
    r"^ {10}- type: tile\n {12}entity: switch\.@PREFIX@_buzzer\n(?: {12}.*\n)*", re.MULTILINE
)
_NO_TEXT = re.compile(r"\{[{%]|@")


def texts(file: str) -> Iterator[str]:
    """List the texts for people in a file."""
    for found in _TEXT.finditer(file):
        if (text := _text(found)) is not None:
            yield text


def translated(file: str, translate: Translate) -> str:
    """Return a file in another language; `str` leaves it as it is."""

    def said(found: re.Match[str]) -> str:
        text = _text(found)
        if text is None or translate(text) == text:
            return found[0]
        quoted = json.dumps(translate(text), ensure_ascii=False)
        return f"{found['lead'] or found['before']}{quoted}\n"

    return _TEXT.sub(said, file)


def _text(found: re.Match[str]) -> str | None:
    """Return what a place says; None for a template or a name to be filled in."""
    whole = found["plain"] or found["quoted"] or found["folded"]
    if _NO_TEXT.search(whole):
        return None
    if found["folded"]:
        lines = re.sub(r"^ +| +$", "", whole.strip(), flags=re.MULTILINE)
        return re.sub(r"\n(\n*)", lambda breaks: breaks[1] or " ", lines)
    return str(json.loads(whole)) if whole.startswith('"') else whole


def blueprints(translate: Translate = str) -> dict[str, str]:
    """Return names and titles of the blueprints, sorted."""
    files = sorted(BLUEPRINTS.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".yaml"): _title(file, translate) for file in files}


def blueprint(
    name: str,
    translate: Translate = str,
    base_topic: str = BASE_TOPIC,
    repository: str = REPOSITORY,
) -> str:
    """Return the text of a blueprint. Raises SettingsError where there is none of that name.

    An English one names its file in the repository, if that has an address, so that Home Assistant
    can import a newer version. What comes from there is in English.
    """
    known = blueprints()
    plain = name.removesuffix(".yaml").replace("-", "_")
    if plain not in known:
        raise SettingsError(f"there is no blueprint {name!r}; there are {', '.join(known)}")
    english = (BLUEPRINTS / f"{plain}.yaml").read_text(encoding="utf-8")
    text = translated(english, translate)
    if repository and text == english:
        file = f"{repository}/blob/main/sensor/homeassistant/blueprints/{plain}.yaml"
        text = text.replace(
            "  domain: automation\n", f"  domain: automation\n  source_url: {file}\n"
        )
    if base_topic == BASE_TOPIC:
        return text
    quoted = json.dumps(base_topic, ensure_ascii=False)
    return text.replace(f"default: {BASE_TOPIC}\n", f"default: {quoted}\n")


def dashboard(  # noqa: PLR0913  (by name only)
    chair_name: str,
    prefix: str,
    *,
    suffix: str = "",
    limit: float = 60,
    soon: float = 5,
    plain: bool = False,
    buzzer: bool = True,
    translate: Translate = str,
) -> str:
    """Return the dashboard of a chair whose entity ids begin with `prefix`.

    `suffix` is the number that Home Assistant has put behind them, "" for none. `limit` is the
    sitting time in minutes that is due, `soon` how many minutes before that the gauge turns yellow.
    `plain` is for versions before 2025.12, which know fewer cards.
    Without a `buzzer` there is no card for its switch.
    """
    if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", prefix):
        raise SettingsError(
            f"--prefix {prefix!r} is nothing that entity ids begin with; write it like desk_chair"
        )
    if not re.fullmatch(r"[0-9]*", suffix):
        raise SettingsError(f"--suffix {suffix!r} is not a number, such as 2 in ..._break_due_2")
    name = "dashboard_plain.yaml" if plain else "dashboard.yaml"
    text = translated((FILES / name).read_text(encoding="utf-8"), translate)
    text = text if buzzer else _BUZZER_CARD.sub("", text)
    filled = {
        "@NAME@": json.dumps(chair_name, ensure_ascii=False)[1:-1],
        "@PREFIX@": prefix,
        "@SOON@": f"{max(0, limit - soon):g}",
        "@LIMIT@": f"{limit:g}",
        "@MAX@": f"{limit * 1.5:g}",
    }
    if suffix:
        text = re.sub(r"(\w+\.@PREFIX@\w*)", rf"\1_{suffix}", text)
    return re.sub("|".join(filled), lambda found: filled[found[0]], text)


def write(text: str, output: Path, name: str) -> Path:
    """Write to a file, or under `name` into a folder; return where. Raises ChairSensorError."""
    path = output / name if output.is_dir() else output
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ChairSensorError(
            f"{path}: {error.strerror}; name a file in a folder you may write, or the folder"
        ) from None
    return path


def _title(file: Traversable, translate: Translate) -> str:
    return next(map(translate, texts(file.read_text(encoding="utf-8"))))
