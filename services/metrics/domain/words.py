"""The words of codes, used in sentences, tables and charts alike. One word per idea."""

from __future__ import annotations

from services.metrics.domain.funnel import EXITS, PATHWAYS, STAGES

STAGE_TITLES = {
    "referred": "Referred",
    "eligible": "Could take part",
    "willing": "Did not say no",
    "approved": "Approved",
    "intake": "Intake finished",
    "engaged": "In touch within 90 days",
}
STAGE_CLAUSES = {
    "referred": "were referred",
    "eligible": "could take part under the policy",
    "willing": "could take part and did not say no",
    "approved": "were approved",
    "intake": "finished an intake",
    "engaged": "were in touch with a care coordinator within 90 days",
}
EXIT_TITLES = {
    "ineligible": "Not eligible under the policy",
    "declined": "Said no",
    "withdrawn": "Referral withdrawn",
    "waiting_decision": "Waiting for a decision or a place",
    "no_intake": "Days for intake ended",
    "waiting_intake": "Intake still possible",
    "not_engaged": "Not in touch within 90 days",
    "too_early": "Intake less than 90 days ago",
}
EXIT_CLAUSES = {
    "ineligible": "were not eligible under the policy",
    "declined": "said no",
    "withdrawn": "had their referral withdrawn",
    "waiting_decision": "wait for a decision or a place",
    "no_intake": "did not finish an intake in time",
    "waiting_intake": "can still finish an intake",
    "not_engaged": "were not in touch with a care coordinator within 90 days",
    "too_early": "finished an intake less than 90 days ago",
}
PATHWAY_TITLES = {
    "all": "All doors",
    "arrest_diversion": "Instead of arrest",
    "social_contact": "Social contact",
    "crisis_response": "Crisis response",
    "community": "Community",
}
EVENT_TITLES = {
    "any": "All arrests",
    "new_charge": "For a new offense",
    "warrant": "On a warrant alone",
    "contact": "Every police contact",
    "filed": "With a charge filed",
    "booking": "Jail bookings",
}
EVENT_WORDS = {
    "any": "arrest",
    "new_charge": "arrest for a new offense",
    "warrant": "arrest on a warrant alone",
    "contact": "police contact",
    "filed": "arrest with a charge filed",
    "booking": "jail booking",
}
CHARGE_CLAUSES = {
    "held": "are held while days for intake run",
    "relinquished": "were given up for good",
    "eligible_to_file": "are for the prosecutor to decide",
    "filed": "were filed by the prosecutor",
    "not_filed": "were not filed by the prosecutor",
}
PERIOD_WORDS = {"before": "before referral", "after": "after intake"}
REASONS = {
    "under_11": "Fewer than 11, so not shown",
    "complement": "Hidden, so that a number under 11 cannot be worked out",
    "not_enough": "Not enough people yet",
    "not_measured": "Not measured: no source sends this",
}
"""Why a figure is absent. The codes are what APIs say."""


def missing_words() -> set[str]:
    """Codes without words; a test holds this empty."""
    exits = {name for names in EXITS.values() for name in names}
    return (
        ({*STAGES} ^ STAGE_TITLES.keys())
        | ({*STAGES} ^ STAGE_CLAUSES.keys())
        | (exits ^ EXIT_TITLES.keys())
        | (exits ^ EXIT_CLAUSES.keys())
        | ({"all", *PATHWAYS} ^ PATHWAY_TITLES.keys())
        | (EVENT_TITLES.keys() ^ EVENT_WORDS.keys())
    )
