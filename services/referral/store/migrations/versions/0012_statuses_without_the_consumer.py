"""The relay's process takes statuses back too: what an agency was told must not outlive its consent with the consumer.

The rights are for that alone: no name, no record and nothing sealed can be read with them.
"""

from __future__ import annotations

from shared.runtime.tables import grant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

REFERRAL = "referral_id, person_id, home_id, programme, agency_ori, state, received_at, updated_at"


def upgrade() -> None:
    grant("own.referral", relay=f"select ({REFERRAL})")
    grant("own.agency_topic", relay="select")
    grant("own.agency_status", relay="select, insert, update")
    grant("own.policy_change", relay="select")
    for table in ("copied.consent", "copied.intake", "copied.participant_status"):
        grant(table, relay="select")
    # Its disclosures: nothing leaves that is not accounted for.
    grant("own.outbox", relay="insert")
