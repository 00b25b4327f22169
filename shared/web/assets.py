"""Static files and their addresses. An address carries the content's hash, so that it may be kept forever.

The stylesheet is our `css/*.css` in the order of their names, sent as one file.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
STYLESHEET = "app.css"
TEXT = (".css", ".js", ".svg")
# A service worker speaks for the addresses below its own, unless its file names others.
WORKERS = {"kept/worker.js": "/refer"}


@cache
def stylesheet() -> bytes:
    """All of our style, in one."""
    return b"\n".join(path.read_bytes() for path in sorted((FOLDER / "css").glob("*.css")))


@cache
def address(path: str) -> str:
    """The versioned address of a static file. Raises FileNotFoundError for one that is not there."""
    content = stylesheet() if path == STYLESHEET else (FOLDER / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"


@cache
def named_by_style() -> tuple[str, ...]:
    """The addresses of the fonts and icons that the stylesheets ask for, which a page alone does not tell."""
    found = [*FOLDER.rglob("*.woff2"), *FOLDER.rglob("usa-icons/*.svg")]
    return tuple(f"/static/{path.relative_to(FOLDER)}" for path in sorted(found))


@cache
def packed(path: str) -> bytes:
    """A text file, compressed once; it holds nothing secret."""
    content = stylesheet() if path == STYLESHEET else (FOLDER / path).read_bytes()
    return gzip.compress(content, compresslevel=9, mtime=0)


class Static(StaticFiles):
    """The files under /static, for as long as their address says."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        headers = Headers(scope=scope)
        response = (
            Response(stylesheet(), media_type="text/css")
            if path == STYLESHEET
            else await super().get_response(path, scope)
        )
        if response.status_code == 200 and path.endswith(TEXT):
            response.headers.add_vary_header("Accept-Encoding")
            if "gzip" in headers.get("accept-encoding", ""):
                kind = response.headers["content-type"]
                response = Response(packed(path), headers={"Content-Type": kind, "Content-Encoding": "gzip"})
                response.headers.add_vary_header("Accept-Encoding")
        if path in WORKERS:
            response.headers["Service-Worker-Allowed"] = WORKERS[path]
        versioned = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = FOREVER if versioned else "public, max-age=86400"
        return response
