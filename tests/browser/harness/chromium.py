"""The system's Chromium, started the same way everywhere."""

from __future__ import annotations

import os
import shutil

from playwright.async_api import Browser, Playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoChromium(Exception):
    """There is no browser here; the message says how to get one."""


def executable() -> str:
    """The browser by CHROMIUM, or one on the path. Raises NoChromium."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise NoChromium("No Chromium found. Run `make setup`, or name one by CHROMIUM=/path/to/chromium.")
    return found


async def launch(playwright: Playwright) -> Browser:
    """A headless browser."""
    return await playwright.chromium.launch(executable_path=executable(), headless=True, args=list(FLAGS))
