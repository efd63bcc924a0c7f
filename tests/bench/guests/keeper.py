"""Keeps rows in a database as anybody would, with sqlite3 as it comes: a commit for each."""

import sqlite3
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROW = "x" * 100
"""About as long as a row of ours."""


def main() -> None:
    """Keep as many rows as the argument says."""
    with TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "keeper.db")
        connection.execute("CREATE TABLE reading (at REAL, what TEXT)")
        for number in range(int(sys.argv[1])):
            with connection:
                connection.execute("INSERT INTO reading VALUES (?, ?)", (number, ROW))
        connection.close()


if __name__ == "__main__":
    main()
