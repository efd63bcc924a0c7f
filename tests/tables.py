"""Tables of the documents, made from the code; the cog blocks in the documents call them.

`python -m cogapp -r FILE...` writes them anew; the lint lane of `.ci/run` fails where that would
change something.
"""

from collections.abc import Iterable, Sequence

from sensor.core.rules import PROFILES
from sensor.settings.lines import display


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, each line of it ended."""
    lines = [
        f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|\n"
        for cells in (heads, *rows)
    ]
    return "".join([lines[0], f"|{'---|' * len(heads)}\n", *lines[1:]])


def profiles() -> str:
    """Return what each profile sets."""
    rows = [
        (f"`{name}`", ", ".join(f"`{key}` {display((key,), value)}" for key, value in sets.items()))
        for name, sets in PROFILES.items()
    ]
    return table(("profile", "sets"), rows)
