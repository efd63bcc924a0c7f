"""A headless Chromium that looks at Home Assistant's pages: Chrome's DevTools protocol, no more."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import connect

from tests.homeassistant.diary import Log
from tests.homeassistant.house import House

_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--lang=en-US",
    "--no-first-run",
    "--no-proxy-server",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
_LOOK = """
(wanted) => new Promise((done) => {
  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    if (node.nodeName === "path") return node.getAttribute("d");
    if (["STYLE", "SCRIPT", "TEMPLATE"].includes(node.nodeName)) return "";
    return [node.shadowRoot, ...node.childNodes].map((each) => each ? read(each) : "").join(" ");
  };
  let seen = "", since = performance.now();
  const began = since;
  const look = () => {
    const text = (document.body ? read(document.body) : "").replace(/\\d+ seconds?/g, "");
    if (text !== seen) { seen = text; since = performance.now(); }
    const still = performance.now() - since > 2000;
    const there = wanted.every((each) => text.includes(each));
    if ((still && there) || performance.now() - began > 90000) done(there);
    else setTimeout(look, 100);
  };
  look();
})
"""
"""Resolves when all wanted texts are there, and no text and no icon has changed for two seconds."""

_BOX = """
(wanted) => new Promise((done) => {
  const boxes = (root) => [...root.querySelectorAll("*")].flatMap((each) => [
    ...(each.matches("input[type=number]") ? [each] : []),
    ...(each.shadowRoot ? boxes(each.shadowRoot) : []),
  ]);
  const began = performance.now();
  const look = () => {
    const [box] = boxes(document);
    if (box && (!wanted || box.value === wanted)) { box.focus(); box.select(); done(box.value); }
    else if (performance.now() - began > 30000) done(box && box.value);
    else setTimeout(look, 100);
  };
  look();
})
"""
"""Resolves to the text in the first box for a number, which it selects, when it is as wanted."""


class Browser:
    """One page; `with` closes it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._number = 0

    def __enter__(self) -> Self:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if program is None:
            raise SystemExit("chromium is missing: apt install chromium fonts-roboto-unhinted")
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [program, *_OPTIONS, f"--user-data-dir={self._profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        log = Log()
        log.follow(self._process.stderr)
        told = log.await_line("DevTools listening on")
        self._socket = connect(told.split()[-1], max_size=None, proxy=None)
        (page,) = (
            each for each in self._say("Target.getTargets")["targetInfos"] if each["type"] == "page"
        )
        attached = self._say("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        kept = json.dumps(
            self._house.token()
            | {"hassUrl": self._house.url, "clientId": f"{self._house.url}/", "expires": 0}
        )
        script = (
            f"localStorage.setItem('hassTokens', {json.dumps(kept)});"
            "localStorage.setItem('dockedSidebar', '\"always_hidden\"');"
            "localStorage.setItem('selectedLanguage', '\"en\"');"
        )
        self._say("Page.enable")
        self._say("Page.addScriptToEvaluateOnNewDocument", source=script)
        return self

    def __exit__(self, *_: object) -> None:
        self._session = {}
        self._say("Browser.close")
        self._process.wait(10)
        self._profile.cleanup()

    def shoot(self, address: str, picture: Path, *wanted: str, size: tuple[int, int]) -> None:
        """Open an address, and take its picture."""
        self.open(address, *wanted, size=size)
        shot = self._say("Page.captureScreenshot", format="png")
        picture.write_bytes(base64.b64decode(shot["data"]))

    def open(self, address: str, *wanted: str, size: tuple[int, int]) -> None:
        """Open an address, and wait until it shows these texts and stands still."""
        width, height = size
        self._say(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._say("Page.navigate", url=address)
        call = f"({_LOOK})({json.dumps(wanted)})"
        seen = self._say("Runtime.evaluate", expression=call, awaitPromise=True)
        if seen["result"].get("value") is not True:
            raise SystemExit(f"{address} does not show all of {', '.join(wanted)}: {seen}")

    def box(self, wanted: str = "") -> str:
        """Read the first box for a number; if told what is wanted, as soon as it is there."""
        call = f"({_BOX})({json.dumps(wanted)})"
        seen = self._say("Runtime.evaluate", expression=call, awaitPromise=True)
        return str(seen["result"].get("value"))

    def fill(self, text: str) -> str:
        """Type into that box, and press Enter; return what stood in it then."""
        self.box()
        self._say("Input.insertText", text=text)
        typed = self.box()
        for kind in ("keyDown", "keyUp"):
            self._say("Input.dispatchKeyEvent", type=kind, key="Enter", windowsVirtualKeyCode=13)
        self._say("Runtime.evaluate", expression="document.activeElement.blur()")
        return typed

    def _say(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        page = {} if re.match(r"Browser|Target", method) else self._session
        message = {"id": self._number, "method": method, "params": parameters} | page
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv(120))
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result
