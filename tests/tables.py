"""Tables of the documents, made from the code; the cog blocks in the documents call them.

`python -m cogapp -r FILE...` writes them anew; the lint lane of `.ci/run` fails where that would
change something.
"""

from collections.abc import Iterable, Sequence

from sensor.core.rules import PROFILES
from sensor.settings.lines import display
from sensor.settings.values import KINDS, SETTINGS, Key


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, each line of it ended."""
    lines = [
        f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|\n"
        for cells in (heads, *rows)
    ]
    return "".join([lines[0], f"|{'---|' * len(heads)}\n", *lines[1:]])


def settings(of: str = "") -> str:
    """Return the settings of one table of the file; without a name, those above all tables."""
    keys = [key for key in SETTINGS if key[:-1] == ((of,) if of else ())]
    if not of:  # those of the program stand behind those of the rules, which users change
        keys.sort(
            key=lambda key: ["state_dir", "keep_days", "self_check", "log_level"].count(key[0])
        )
    return table(("setting", "default", "range", "what it is"), map(_row, keys))


def _row(key: Key) -> Sequence[str]:
    one = SETTINGS[key]
    default = display(key, one.default).strip("()")
    example = f"; such as `{one.example}`" if key[0] == "pins" and one.default is None else ""
    return (
        f"`{key[-1]}`",
        default if default == "not set" else f"`{default}`",
        KINDS[key].range,
        f"{one.says}{example}",
    )


def profiles() -> str:
    """Return what each profile sets."""
    rows = [
        (f"`{name}`", ", ".join(f"`{key}` {display((key,), value)}" for key, value in sets.items()))
        for name, sets in PROFILES.items()
    ]
    return table(("profile", "sets"), rows)
