"""Every sealed column of casework: what tools open, rotate and compare."""

from __future__ import annotations

PROFILE = "copied.profile.sealed"
ASSESSMENT = "copied.assessment.sealed"
WORKER_NAME = "own.worker.name"
ASSIGNMENT_REASON = "own.assignment.reason"
CONTACT_DETAILS = "own.contact.details"
NOTE = "own.note.body"

SEALED: dict[str, tuple[str, str]] = {
    PROFILE: ("ID", "person_id"),
    ASSESSMENT: ("CLI", "assessment_id"),
    WORKER_NAME: ("ID", "worker"),
    ASSIGNMENT_REASON: ("TXT", "assignment_id"),
    CONTACT_DETAILS: ("CLI", "contact_id"),
    NOTE: ("TXT", "note_id"),
}
"""Column -> (class of its key, column of the row's id)."""
