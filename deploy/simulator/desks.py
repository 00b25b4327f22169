"""Signed-in people of the county: each posts the same forms a person would, token and all."""

from __future__ import annotations

import asyncio
import re
from types import TracebackType
from typing import Any

import httpx

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
PATIENCE_SECONDS = 60.0
"""How long a desk waits for a fact to arrive from another service before it says so."""


class DeskError(Exception):
    """A form was not accepted; the message holds the address and what the page said."""


class Desk:
    """One person at one service."""

    def __init__(self, base_url: str, persona: str) -> None:
        # A browser says where a form comes from; without it the form is refused.
        self._http = httpx.AsyncClient(base_url=base_url, timeout=30, headers={"Origin": base_url.rstrip("/")})
        self._persona = persona
        self._token = ""

    async def __aenter__(self) -> Desk:
        answer = await self._http.post("/sign-in/demo", data={"persona": self._persona})
        if answer.status_code != 303:
            raise DeskError(f"{self._http.base_url}: {self._persona} could not sign in ({answer.status_code})")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def page(self, path: str) -> str | None:
        """The page's HTML, or None while it is not found."""
        answer = await self._http.get(path)
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise DeskError(f"{answer.request.url}: {answer.status_code}")
        if found := _TOKEN.search(answer.text):
            self._token = found[1]
        return answer.text

    async def page_when_there(self, path: str) -> str:
        """The page, once the facts it needs have arrived."""
        end = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while (text := await self.page(path)) is None:
            if asyncio.get_running_loop().time() > end:
                raise DeskError(f"{path}: still not found after {PATIENCE_SECONDS:.0f} s")
            await asyncio.sleep(0.2)
        return text

    async def post(self, path: str, data: dict[str, Any]) -> httpx.Response:
        """Post a form; raises DeskError unless it was accepted."""
        answer = await self._http.post(path, data={**data, "csrf": self._token})
        if answer.status_code not in (200, 201, 204, 303):
            words = re.sub(r"<[^>]+>", " ", answer.text)
            raise DeskError(f"{answer.request.url}: {answer.status_code}: {' '.join(words.split())[:600]}")
        return answer
