"""Static files and their addresses. An address carries the content's hash, so that it may be kept forever.

The stylesheet is our `css/*.css` in the order of their names, sent as one file.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
STYLESHEET = "app.css"


@cache
def stylesheet() -> bytes:
    """All of our style, in one."""
    return b"\n".join(path.read_bytes() for path in sorted((FOLDER / "css").glob("*.css")))


@cache
def address(path: str) -> str:
    """The versioned address of a static file. Raises FileNotFoundError for one that is not there."""
    content = stylesheet() if path == STYLESHEET else (FOLDER / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"


class Static(StaticFiles):
    """The files under /static, for as long as their address says."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == STYLESHEET:
            response = Response(stylesheet(), media_type="text/css")
        else:
            response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = FOREVER if versioned else "public, max-age=86400"
        return response
