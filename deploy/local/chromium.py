"""Finds a Chromium for the browser tests, or installs one: by apt as root, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def of_system() -> str | None:
    """The browser named by CHROMIUM, or one on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def found() -> str | None:
    """The system's browser, or Playwright's own; None when there is none."""
    return of_system() or _of_playwright()


def install() -> str | None:
    """Install one and return it; None when neither way works, after saying why on standard error."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]):
            done = subprocess.run([*command, "--quiet"], env=quiet, capture_output=True, text=True)
        if done.returncode == 0 and (browser := found()):
            return browser
        print(done.stderr.strip()[-500:], file=sys.stderr)
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, text=True)
    if done.returncode:
        print(done.stderr.strip()[-500:], file=sys.stderr)
    return found()


def _of_playwright() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def main() -> int:
    """Say which browser is used; exit 1 when there is none."""
    browser = found()
    if browser is None:
        print("Installing Chromium for the browser tests (once)", file=sys.stderr)
        browser = install()
    if browser is None:
        print("No Chromium could be installed: the browser tests need one; name it by CHROMIUM=/path", file=sys.stderr)
        return 1
    print(f"Browser for the tests: {browser}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
