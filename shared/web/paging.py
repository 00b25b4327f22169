"""Pages of a list: 25 rows each, and never further than 40 pages, since nobody reads on and databases suffer."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

SIZE = 25
DEEPEST = 40


@dataclass(frozen=True)
class Paging:
    """Where in a list a page stands. Filters stay in the address."""

    number: int
    total: int
    path: str
    query: tuple[tuple[str, str], ...] = ()
    size: int = SIZE

    @classmethod
    def of(cls, request: Request, total: int, size: int = SIZE) -> Paging:
        """From `?page=3` and the other filters of the address; a page that is not there becomes the nearest."""
        asked = request.query_params.get("page", "1")
        last = max(1, min(DEEPEST, -(-total // size)))
        number = min(max(int(asked), 1), last) if asked.isdecimal() and len(asked) < 6 else 1
        query = tuple((name, value) for name, value in request.query_params.multi_items() if name != "page")
        return cls(number, total, request.url.path, query, size)

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def last(self) -> int:
        return max(1, min(DEEPEST, -(-self.total // self.size)))

    @property
    def reachable(self) -> int:
        return DEEPEST * self.size

    @property
    def capped(self) -> bool:
        return self.total > self.reachable

    @property
    def first_row(self) -> int:
        return min(self.offset + 1, self.total)

    @property
    def last_row(self) -> int:
        return min(self.offset + self.size, self.total)

    def address(self, number: int) -> str:
        """The address of another page of the same list."""
        return f"{self.path}?{urlencode([*self.query, ('page', str(number))])}"
