"""Pages of intake, one file per screen, with their templates beside them."""

from services.intake.pages import consents, corrections, finish, interview, outreach, queue

routers = (queue.router, outreach.router, interview.router, finish.router, corrections.router, consents.router)
TEMPLATES = queue.TEMPLATES

__all__ = ["TEMPLATES", "routers"]
