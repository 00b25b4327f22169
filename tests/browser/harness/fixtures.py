"""Fixtures for tests in a browser; import them in a conftest. Tests are `async def`, on the session's loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.browser.harness import chromium as system
from tests.browser.harness.eyes import listen

NewPage = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for the whole session."""
    async with async_playwright() as playwright:
        browser = await system.launch(playwright)
        yield browser
        await browser.close()


@pytest.fixture
async def new_page(chromium: Browser) -> AsyncIterator[NewPage]:
    """`await new_page()`: a page with cookies of its own; `await new_page(width=390)`: on a phone."""
    contexts: list[BrowserContext] = []

    async def make(width: int = 1280, height: int = 900) -> Page:
        context = await chromium.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", locale="en-US"
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        listen(page)
        return page

    yield make
    for context in contexts:
        await context.close()


async def sign_in(page: Page, base: str, persona: str) -> None:
    """Sign a demo person in to the service at `base`; the page itself stays where it is."""
    answer = await page.context.request.post(f"{base}/sign-in/demo", form={"persona": persona}, max_redirects=0)
    assert answer.status == 303, f"{persona} could not sign in at {base}: {answer.status}"


async def without_scripts(page: Page) -> Page:
    """A page of the same person in a browser that runs no scripts; whoever asked closes its context."""
    browser = page.context.browser
    assert browser is not None
    state = await page.context.storage_state()
    return await (await browser.new_context(java_script_enabled=False, storage_state=state)).new_page()
