"""The system's Chromium, started the same way everywhere."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, Playwright

from deploy.local.chromium import of_system

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoChromium(Exception):
    """There is no browser here; the message says how to get one."""


def executable(playwright: Playwright) -> str:
    """The browser by CHROMIUM, one on the path, or Playwright's own. Raises NoChromium."""
    browser = of_system() or playwright.chromium.executable_path
    if not Path(browser).exists():
        raise NoChromium("No Chromium found. Run `make setup`, or name one by CHROMIUM=/path/to/chromium.")
    return browser


async def launch(playwright: Playwright) -> Browser:
    """A headless browser."""
    return await playwright.chromium.launch(executable_path=executable(playwright), headless=True, args=list(FLAGS))
