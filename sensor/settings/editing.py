"""Changes settings in a TOML file and keeps the rest of it, comments included.

It changes tables with one key a line. The result is parsed and compared with the expected
settings. A file of another form is not changed; the error names the lines to write by hand.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from sensor.errors import SettingsError

Key = tuple[str, ...]
Value = str | int | bool | list[int] | list[str] | None
"""None removes the setting."""

NEW = """\
# chair-sensor: all settings: `chair-sensor help settings`; in force: `check-config`.
# Write those without a section, such as sit_limit, above the first line in brackets.
"""


def changed(text: str, changes: Mapping[Key, Value]) -> str:
    """Return the text of a file with these changes made. Raises SettingsError."""
    if not changes:
        return text
    expected = tomllib.loads(text)
    lines = (text or NEW).splitlines()
    for key, value in changes.items():
        _expect(expected, key, value)
        _change(lines, key, value)
    result = "\n".join([*lines, ""])
    if not _says(result, expected):
        wanted = ", ".join(f"{'.'.join(key)} = {_written(value)}" for key, value in changes.items())
        raise SettingsError(f"the file cannot be changed as it is written; write by hand: {wanted}")
    return result


def line_of(text: str, key: Key) -> int | None:
    """Find the line, from 1, of a key or of a table's head; None: it is written in another form."""
    lines = text.split("\n")
    *tables, name = key
    quoted = rf"""\s*["']?{re.escape(name)}["']?\s*="""
    there = _line(lines, _span(lines, ".".join(tables)), quoted)
    if there is not None:
        return there + 1
    below = _span(lines, ".".join(key))
    return below.start or None if below else None


def _says(text: str, expected: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        return False


def _expect(tree: dict[str, Any], key: Key, value: Value) -> None:
    *tables, name = key
    if value is not None:
        for table in tables:
            tree = tree.setdefault(table, {})
        tree[name] = value
        return
    for table in tables:
        tree = tree.get(table, {})
    tree.pop(name, None)


def _change(lines: list[str], key: Key, value: Value) -> None:
    *tables, name = key
    span = _span(lines, ".".join(tables))
    there = _line(lines, span, rf"\s*{re.escape(name)}\s*=")
    if value is None:
        if there is not None:
            lines[there] = f"#{lines[there]}"
        return
    if there is None:
        there = _line(lines, span, rf"#{re.escape(name)}\s*=")
    fresh = f"{name} = {_written(value)}"
    if there is not None:
        comment = _comment(lines[there].lstrip("#"))
        lines[there] = f"{fresh:<32} {comment}" if comment else fresh
    elif span is None:
        lines += ["", f"[{'.'.join(tables)}]", fresh]
    else:
        lines.insert(_place(lines, span, in_table=bool(tables)), fresh)


def _span(lines: list[str], table: str) -> range | None:
    """Find where a table's keys stand: from the line below its head to the next head."""
    heads = [
        (number, found[1])
        for number, line in enumerate(lines)
        if (found := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line))
    ]
    ends = [*(number for number, _ in heads), len(lines)]
    if not table:
        return range(ends[0])
    for index, (number, name) in enumerate(heads):
        if name == table:
            return range(number + 1, ends[index + 1])
    return None


def _place(lines: list[str], span: range, *, in_table: bool) -> int:
    """Find the place for a new key: below the table's last one, or below the file's title."""
    if in_table:
        keys = [number for number in span if re.match(r"#?\w+\s*=", lines[number])]
        return keys[-1] + 1 if keys else span.start
    end_of_title = _line(lines, span, r"[^#]|$")
    return span.stop if end_of_title is None else end_of_title


def _line(lines: list[str], span: range | None, pattern: str) -> int | None:
    return next((number for number in span or () if re.match(pattern, lines[number])), None)


def _comment(line: str) -> str:
    """Return the comment behind a value; a # inside a string does not begin one."""
    for found in re.finditer("#", line):
        try:
            tomllib.loads(line[: found.start()])
        except tomllib.TOMLDecodeError:
            continue
        return line[found.start() :]
    return ""


def _written(value: Value) -> str:
    """Write a value in TOML."""
    return json.dumps(value, ensure_ascii=False)
