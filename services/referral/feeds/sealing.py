"""One accepted record -> one staged row: its id, its hash, its sealed content, and what of it may be published."""

from __future__ import annotations

from functools import cache, partial
from uuid import UUID
from zoneinfo import ZoneInfo

from services.referral.domain.arrest import CanonicalArrest, content_digest, fact_body
from services.referral.domain.identity_match import NAME_BIRTH, SID, Identity, match_texts
from services.referral.domain.municipality import Municipalities
from services.referral.domain.policy import Policy
from services.referral.feeds.adapter import Record
from services.referral.store.batches import Batch
from services.referral.store.crosswalk import classifier_on
from services.referral.store.raw_records import COLUMN, Staged
from shared.runtime.keys import Keyring


class Sealer:
    """Makes the staged rows of one batch. Pure computation: it may run in a thread."""

    def __init__(self, keys: Keyring, batch: Batch, rules: Policy) -> None:
        self.keys = keys
        self._batch = batch
        self._on = cache(partial(classifier_on, rules))
        self._civil_day = rules.civil_day
        self.ids = SourceIds(keys, batch.source)
        day = batch.received_at.astimezone(ZoneInfo(batch.timezone)).date()
        self._municipalities = Municipalities(rules, day)

    def staged(self, number: int, item: Record, ori: str) -> tuple[Staged, list[str]]:
        """The staged row of a record of agency `ori`, and the warnings it earns. `number` names it in its batch."""
        keys, batch, record = self.keys, self._batch, item.record
        place = record.place
        municipality, unknown = self._municipalities.of(ori, place.municipality, place.zone)
        tokens = self._tokens(record) if item.linkable else {}
        fact = fact_body(
            record,
            self._on(self._civil_day(record.arrested_at)),
            source=batch.source,
            ori=ori,
            municipality=municipality,
            case_key=keys.blind("case", f"{ori}:{record.case_no}").hex() if record.case_no else None,
            received_at=batch.received_at,
        )
        fact["linkable"] = bool(tokens)
        content = record.content()
        staged = Staged(
            number=number,
            line=item.line,
            arrest_id=self.ids.arrest(ori, record.source_record_id),
            agency_ori=ori,
            municipality=municipality,
            action="void" if record.action == "void" else "record",
            record_key=keys.blind("record", content_digest(content)),
            twin_key=keys.blind("twin", item.twin) if item.twin else None,
            person_id=None if tokens else self.ids.person(ori, record.source_record_id),
            sid_token=tokens.get(SID),
            name_token=tokens.get(NAME_BIRTH),
            group_key=self.ids.group(ori, item.group) if item.group else None,
            part=item.part,
            fact=fact,
            record=keys.seal("RAW", COLUMN, f"{batch.batch_id}:{number}", content),
        )
        return staged, ["W_MUNICIPALITY"] if unknown else []

    def _tokens(self, record: CanonicalArrest) -> dict[str, bytes]:
        person = record.person
        if not (person.last or person.sid):
            # Most rows of open data: nothing to compare.
            return {}
        texts = match_texts(Identity.of(person))
        return {kind: self.keys.blind(f"person:{kind}", text) for kind, text in texts.items()}


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

    def group(self, ori: str, group: str) -> bytes:
        """What records are deleted by together, as the arrests of an incident."""
        return self._keys.blind("group", f"{ori}:{self._source}:{group}")
