"""One accepted record -> one staged row: its id, its hash, its sealed content, and what of it may be published."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from services.referral.domain.arrest import CanonicalArrest, content_digest, fact_body
from services.referral.domain.classification import Classifier
from services.referral.domain.identity_match import NAME_BIRTH, SID, Identity, match_texts
from services.referral.domain.municipality import Municipalities
from services.referral.store.batches import Batch
from services.referral.store.crosswalk import seed_classifier
from services.referral.store.policy import policy
from services.referral.store.raw_records import COLUMN, Staged
from shared.runtime.keys import Keyring


class Sealer:
    """Makes the staged rows of one batch. Pure computation: it may run in a thread."""

    def __init__(self, keys: Keyring, batch: Batch, classifier: Classifier | None = None) -> None:
        self._keys = keys
        self._batch = batch
        self._classifier = classifier or seed_classifier()
        self._ids = SourceIds(keys, batch.source)
        day = batch.received_at.astimezone(ZoneInfo(batch.timezone)).date()
        self._municipalities = Municipalities(policy(batch.tenant.programme), day)

    def staged(self, line: int, record: CanonicalArrest, ori: str, twin: str | None) -> tuple[Staged, list[str]]:
        """The staged row of a record of agency `ori`, and the warnings it earns."""
        keys, batch = self._keys, self._batch
        place = record.place
        municipality, unknown = self._municipalities.of(ori, place.municipality, place.zone)
        tokens = self._tokens(record)
        fact = fact_body(
            record,
            self._classifier,
            source=batch.source,
            ori=ori,
            municipality=municipality,
            case_key=keys.blind("case", f"{ori}:{record.case_no}").hex() if record.case_no else None,
            received_at=batch.received_at,
        )
        fact["linkable"] = bool(tokens)
        content = record.content()
        staged = Staged(
            line=line,
            arrest_id=self._ids.arrest(ori, record.source_record_id),
            agency_ori=ori,
            municipality=municipality,
            action="void" if record.action == "void" else "record",
            record_key=keys.blind("record", content_digest(content)),
            twin_key=keys.blind("twin", twin) if twin else None,
            person_id=None if tokens else self._ids.person(ori, record.source_record_id),
            sid_token=tokens.get(SID),
            name_token=tokens.get(NAME_BIRTH),
            fact=fact,
            record=keys.seal("RAW", COLUMN, f"{batch.batch_id}:{line}", content),
        )
        return staged, ["W_MUNICIPALITY"] if unknown else []

    def _tokens(self, record: CanonicalArrest) -> dict[str, bytes]:
        person = record.person
        if not (person.last or person.sid):
            # Most rows of open data: nothing to compare.
            return {}
        texts = match_texts(Identity.of(person))
        return {kind: self._keys.blind(f"person:{kind}", text) for kind, text in texts.items()}


class SourceIds:
    """Ids of what a source sends: the same record always has the same id."""

    def __init__(self, keys: Keyring, source: str) -> None:
        self._keys = keys
        self._source = source

    def arrest(self, ori: str, source_record_id: str) -> UUID:
        return self._keys.source_id("arrest", ori, self._source, source_record_id)

    def person(self, ori: str, source_record_id: str) -> UUID:
        """The person of a record that is never linked."""
        return self._keys.source_id("person", ori, self._source, source_record_id)
