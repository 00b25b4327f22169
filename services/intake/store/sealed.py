"""Which columns are sealed: "schema.table.column" -> (class, column of the row id)."""

SEALED: dict[str, tuple[str, str]] = {
    "copied.profile.profile": ("ID", "person_id"),
    "own.contact.place_hint": ("TXT", "contact_id"),
    "own.interview.sharing": ("DRAFT", "intake_id"),
    "own.interview.reason": ("TXT", "intake_id"),
    "own.interview_part.sheet": ("CLI", "part_id"),
    "own.take_over.reason": ("TXT", "take_over_id"),
    "own.baseline.value": ("CLI", "status_id"),
    "own.consent.signature": ("ID", "consent_id"),
}
