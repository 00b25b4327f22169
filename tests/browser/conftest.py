"""A browser for every test below: `new_page`, and `check` of tests.browser.harness.eyes."""

from tests.browser.harness.fixtures import chromium, new_page

__all__ = ["chromium", "new_page"]
