"""A browser for every test below: `new_page`, and `check` of tests.browser.harness.eyes; and databases behind it."""

from tests.browser.harness.fixtures import chromium, new_page
from tests.integration.conftest import fresh_database, stack

__all__ = ["chromium", "fresh_database", "new_page", "stack"]
