"""What services build their pages with: look, sign-in, access, audit. Start at `Pages`, `Access`, `Desk`."""

from shared.web.access import Access, AccessError
from shared.web.desk import Desk
from shared.web.pages import Pages
from shared.web.policy import Link
from shared.web.problems import Conflict, NotFound, Problem

__all__ = ["Access", "AccessError", "Conflict", "Desk", "Link", "NotFound", "Pages", "Problem"]
