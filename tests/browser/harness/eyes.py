"""What every page must pass: no accessibility fault, no console or CSP error, no sideways scroll, light enough.

`check(page, name)` looks at the page as it stands, at 1280 and at 390 px. With LEAD_TEST_SCREENSHOTS=folder it also
leaves a picture of each. Pages come from the `new_page` fixture, which listens from their first byte.
"""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import ConsoleMessage, Error, Page

WIDTHS = {1280: 900, 390: 844}
HEAVIEST_KB = 250
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_ANSWERED_WITH = re.compile(r"responded with a status of (401|403|404|409|422|500)\b")
_CUT_OFF = "net::ERR_INTERNET_DISCONNECTED"
_LEFT = "Execution context was destroyed"
_heard: WeakKeyDictionary[Page, list[str]] = WeakKeyDictionary()

_WEIGHT = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0) / 1024"""
_OVERFLOW = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= innerWidth + 1) return null;
    const wide = [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.tagName.toLowerCase() + (typeof e.className === 'string' ? '.' + e.className : ''));
    return wide.slice(0, 3).join(', ');
}"""


class NotClean(AssertionError):
    """A page failed a look; the message lists every fault."""


def listen(page: Page) -> None:
    """Hear what the page complains of. An expected status of the page itself is no complaint."""
    heard: list[str] = []
    _heard[page] = heard

    def console(message: ConsoleMessage) -> None:
        if message.type == "error" and not _ANSWERED_WITH.search(message.text):
            heard.append(message.text)

    page.on("console", console)
    page.on("pageerror", lambda error: heard.append(str(error)))


async def check(
    page: Page, name: str, *, widths: dict[int, int] = WIDTHS, heaviest_kb: int = HEAVIEST_KB, cut_off: bool = False
) -> None:
    """Raise NotClean unless the page, as it stands, is clean at every width. `cut_off`: there is no network, so that
    nothing is transferred and what a page asks of it in vain is no complaint. A page that is left meanwhile is not
    the one to look at: its successor is."""
    try:
        await _look(page, name, widths, heaviest_kb, cut_off)
    except Error as error:
        if _LEFT not in error.message:
            raise
        await page.wait_for_load_state()
        await _look(page, name, widths, heaviest_kb, cut_off)


async def _look(page: Page, name: str, widths: dict[int, int], heaviest_kb: int, cut_off: bool) -> None:
    before = page.viewport_size
    faults: list[str] = []
    for width, height in widths.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.evaluate("document.fonts.ready.then(() => true)")
        faults += [f"{name} at {width} px: {fault}" for fault in await _faults(page)]
        await shot(page, f"{name}-{width}")
    weight = await page.evaluate(_WEIGHT)
    if weight > heaviest_kb and not cut_off:
        faults.append(f"{name}: {weight:.0f} KB, over {heaviest_kb}")
    faults += [f"{name}: console: {line}" for line in _heard[page] if not (cut_off and _CUT_OFF in line)]
    _heard[page].clear()
    if before:
        await page.set_viewport_size(before)
    if faults:
        raise NotClean("\n".join(faults))


async def _faults(page: Page) -> list[str]:
    faults = [f"{fault['id']}: {fault['help']} ({fault['at']})" for fault in await axe(page)]
    wide = await page.evaluate(_OVERFLOW)
    if wide is not None:
        faults.append(f"scrolls sideways ({wide})")
    return faults


async def axe(page: Page) -> list[dict[str, Any]]:
    """axe-core's violations: id, help and the first places of each."""
    await page.evaluate(_axe_source())  # by the debugging channel, which the page's CSP does not bind
    found: list[dict[str, Any]] = await page.evaluate(
        """rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(
            result => result.violations.map(one => ({
                id: one.id, help: one.help,
                at: one.nodes.slice(0, 3).map(node => node.target.join(' ')).join('; ') +
                    (one.nodes.length > 3 ? `; ${one.nodes.length} in all` : ''),
            })))""",
        RULES,
    )
    return found


def _axe_source() -> str:
    package = find_spec("axe_playwright_python")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).with_name("axe.min.js").read_text()


async def shot(page: Page, name: str, folder: Path | None = None, *, whole: bool = True) -> Path | None:
    """A picture of the page, in `folder` or in the one that LEAD_TEST_SCREENSHOTS names."""
    target = folder or (Path(os.environ["LEAD_TEST_SCREENSHOTS"]) if "LEAD_TEST_SCREENSHOTS" in os.environ else None)
    if target is None:
        return None
    target.mkdir(parents=True, exist_ok=True)
    path = target / (re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") + ".png")
    await page.screenshot(path=path, full_page=whole)
    return path
