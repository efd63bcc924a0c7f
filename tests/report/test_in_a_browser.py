"""The report's page in headless Chromium: nothing in its console, no request, no barrier.

Needs chromium (Debian's package), and in AXE the path of axe.min.js (npm's package axe-core).
`.ci/run browser` brings both.
"""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sensor.commands.main import main

CHROMIUM = shutil.which("chromium")
AXE = os.environ.get("AXE")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom"),
)
LOOKS = {
    "light": ["--window-size=1000,1200", "--blink-settings=preferredColorScheme=1"],
    "dark": ["--window-size=1000,1200", "--blink-settings=preferredColorScheme=0"],
    "narrow": ["--window-size=500,900", "--blink-settings=preferredColorScheme=1"],
}
SCRIPT = """
addEventListener("load", async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const told = {
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    requests: performance.getEntriesByType("resource").map(one => one.name),
    wider: document.documentElement.scrollWidth - innerWidth,
    cut: [...document.querySelectorAll(".scroll")].filter(
      one => one.scrollWidth > one.clientWidth).map(one => one.ariaLabel),
    checked: found.passes.length,
    violations: found.violations.map(
      one => [one.impact, one.id, one.nodes.map(node => node.html.slice(0, 120))]),
  };
  document.body.setAttribute("data-told", JSON.stringify(told));
});
"""
MORNING = 1_709_539_200.0
"""2024-03-04T08:00:00Z."""
DAY = "0:00:10 sit\n1:07:00 stand\n1:15:00 sit\n1:50:00 stand\n1:53:00 sit\n3:00:00 end\n"

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(AXE is None, reason="AXE names no axe.min.js (npm pack axe-core)"),
]


@pytest.fixture
def page(play: Any, tmp_path: Path) -> Any:
    """Make the page of a period; give its file."""
    play(DAY, start=MORNING)

    def page(period: str) -> Path:
        file = tmp_path / "page.html"
        settings = ["--set", f"state_dir={tmp_path}", "--set", "chair.timezone=UTC"]
        assert main(["report", period, "--html", str(file), *settings]) == 0
        return file

    return page


def opened(file: Path, profile: Path, *flags: str) -> tuple[str, list[str]]:
    """Open a page; return what it then is, and what stands in the console."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", *flags, file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, re.findall(r".*CONSOLE.*", done.stderr)


@pytest.mark.parametrize("period", ["2024-03-04", "2024-W10", "2020-01-01"])
def test_console(page: Any, tmp_path: Path, period: str) -> None:
    """The page as it is written says nothing in the console: no error, nothing refused."""
    dom, console = opened(page(period), tmp_path / "profile")

    assert "does not interrupt a stretch" in dom
    assert console == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("period", ["2024-03-04", "2024-W10", "2020-01-01"])
def test_barriers(page: Any, tmp_path: Path, period: str, look: str) -> None:
    """No request, no serious finding of axe, nothing that is wider than the window."""
    assert AXE is not None
    file = page(period)
    axe = Path(AXE).read_text(encoding="utf-8")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", file.read_text("utf-8"))
    file.write_text(
        text.replace("</head>", f"<script>{axe}</script><script>{SCRIPT}</script></head>")
    )

    dom, _ = opened(file, tmp_path / "profile", *LOOKS[look])

    found = re.search(r'data-told="([^"]*)"', dom)
    assert found, "axe has not finished"
    told = json.loads(html.unescape(found[1]))
    assert told["checked"] > 10
    assert told["dark"] == (look == "dark")
    assert told["requests"] == []
    assert look == "narrow" or told["cut"] == []
    assert told["wider"] <= 0
    assert [one for one in told["violations"] if one[0] in ("serious", "critical")] == []
