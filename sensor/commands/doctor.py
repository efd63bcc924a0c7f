"""`chair-sensor doctor`: one screen, a line for each check."""

import argparse
import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir
from dataclasses import asdict
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sensor.errors import ChairSensorError
from sensor.terminal import streams

if TYPE_CHECKING:
    from sensor.doctor.finding import Finding

_MARKS = {"ok": "ok", "fail": "FAIL", "unknown": "?"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chair-sensor doctor`."""
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    parser.set_defaults(command=_doctor)


def _doctor(options: argparse.Namespace) -> None:
    from sensor.daemon.clock import MachineClock  # noqa: PLC0415  (only this command needs them)
    from sensor.doctor.configuration import Configuration  # noqa: PLC0415
    from sensor.doctor.examination import examine  # noqa: PLC0415
    from sensor.hardware.chips import real_factory  # noqa: PLC0415

    configuration = Configuration(options.config, options.set)
    # lgpio leaves a FIFO in the working directory
    with TemporaryDirectory(prefix="chair-sensor-") as folder, chdir(folder):
        findings = list(_shown(examine(configuration, real_factory, MachineClock()), options.json))
    well, sentence = summary(findings)
    if options.json:
        checks = [asdict(finding) for finding in findings]
        told = json.dumps({"well": well, "checks": checks}, indent=2, ensure_ascii=False)
        print(told, file=streams.for_programs())
    if not well:
        raise ChairSensorError(sentence)
    if not options.json:
        print(f"\n{sentence}")  # noqa: T201


def summary(findings: Sequence["Finding"]) -> tuple[bool, str]:
    """Return whether all is well as far as it can be determined, and a sentence for it.

    A check that only root can make is not well: the user must run the command again with sudo. A
    Home Assistant that has not been heard yet is well.
    """
    from sensor.errors import AS_ROOT  # noqa: PLC0415

    count = Counter(finding.verdict for finding in findings)
    if count["fail"]:
        return False, f"{count['fail']} of {len(findings)} checks failed"
    if not count["unknown"]:
        return True, "all is well"
    hidden = any(finding.fix == AS_ROOT for finding in findings)
    how = AS_ROOT if hidden else "each ? names the next step"
    unchecked = f"{count['unknown']} of {len(findings)} could not be checked"
    return not hidden, f"nothing failed; {unchecked}: {how}"


def _shown(findings: Iterable["Finding"], quietly: bool) -> Iterator["Finding"]:
    """Print each finding as soon as its check is done, and yield it."""
    width = shutil.get_terminal_size().columns
    for finding in findings:
        if not quietly:
            print("\n".join(lines(finding, width)), flush=True)  # noqa: T201
        yield finding


def lines(finding: "Finding", width: int) -> Iterator[str]:
    """Yield the line of a finding, and below it the next step."""
    head = f"{_MARKS[finding.verdict]:>4}  {finding.check:<14}  "
    below = " " * len(head)
    yield textwrap.fill(
        finding.found,
        max(width, 60),
        initial_indent=head,
        subsequent_indent=below,
        break_on_hyphens=False,
        break_long_words=False,
    )
    if finding.fix is not None:
        yield textwrap.fill(
            f"-> {finding.fix}",
            max(width, 60),
            initial_indent=below,
            subsequent_indent=f"{below}   ",
            break_on_hyphens=False,
            break_long_words=False,
        )
