"""The tables of keys in sensor/mqtt/README.md, made by cog of the types of the messages."""

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

from sensor.core import status
from sensor.core import words as texts
from tests.tables import table


def meanings(message: type) -> dict[str, str]:
    """Return what each key of a message means, in order: the string below its annotation."""
    (body,) = ast.parse(inspect.getsource(message)).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for key, told in zip(body.body, body.body[1:], strict=False):
        match key, told:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(meaning))):
                found[name] = " ".join(meaning.split())
    return found


def words(module: ModuleType, name: str) -> dict[str, str]:
    """Return what each word of a `Literal` means, in order: the comment beside it."""
    source = inspect.getsource(module)
    (literal,) = re.findall(rf"^{name} = Literal\[\n(.*?)^\]", source, re.MULTILINE | re.DOTALL)
    return dict(re.findall(r'"(\w+)",  # (.*)', literal))


def keys(head: str, *parts: type) -> str:
    """Return the table of a message's keys, of which each part has some."""
    return table((head, "meaning"), (row for part in parts for row in _rows(meanings(part))))


def statuses() -> str:
    """Return the table of statuses."""
    return table(("`status`", "meaning"), _rows(words(status, "Status")))


def event_types() -> str:
    """Return the table of event types."""
    return table(("`event_type`", "when"), _rows(words(texts, "EventType")))


def _rows(found: dict[str, str]) -> Iterator[tuple[str, str]]:
    return ((f"`{name}`", meaning) for name, meaning in found.items())
