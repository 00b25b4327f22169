"""Only what every service has, and API keys."""

from shared.messaging import schema as messaging
from shared.runtime.tables import create_schemas
from shared.web import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_schemas("referral")
    messaging.install("referral")
    schema.install("referral")
