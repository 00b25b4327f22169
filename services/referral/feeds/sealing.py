"""Accepted records -> staged rows: for each its id, its hash, its sealed content, and what of it may be published."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from services.referral.domain.arrest import CanonicalArrest, content_digest, fact_body
from services.referral.domain.identity_match import NAME_BIRTH, SID, Identity, match_texts
from services.referral.domain.municipality import Municipalities
from services.referral.domain.policy import Policy
from services.referral.feeds.adapter import Record
from services.referral.feeds.side_by_side import side_by_side
from services.referral.store.batches import Batch
from services.referral.store.crosswalk import classifier_on
from services.referral.store.raw_records import COLUMN, Staged
from shared.runtime.keys import Keyring

Numbered = tuple[int, Record, str]
"""A record with its number in the batch and its agency."""
_UNFOLDS: Final = 64
"""A text of charges is so much longer as charges: three characters may be one."""


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

    def staged(self, number: int, item: Record, ori: str) -> Staged:
        """The staged row of one record."""
        return self.seal([(number, item, ori)])[0][0]

    def seal(self, items: Sequence[Numbered]) -> tuple[list[Staged], int]:
        """The staged rows of records, and how many name a municipality that nobody here knows."""
        staged: list[Staged] = []
        unknown = 0
        for some in side_by_side(items, _unfolded):
            rows, strange = self._together(some)
            staged += rows
            unknown += strange
        return staged, unknown

    def _together(self, items: Sequence[Numbered]) -> tuple[list[Staged], int]:
        """A few records, see `side_by_side`."""
        keys, batch, ids = self.keys, self._batch, self.ids
        records = [item.record for _, item, _ in items]
        oris = [ori for _, _, ori in items]
        both = list(zip(records, oris, strict=True))
        places = [self._municipalities.of(ori, record.place.municipality, record.place.zone) for record, ori in both]
        tokens = [self._tokens(item.record) if item.linkable else {} for _, item, _ in items]
        cases = [keys.blind("case", f"{ori}:{rec.case_no}").hex() if rec.case_no else None for rec, ori in both]
        facts = [
            fact_body(
                record,
                self._on(self._civil_day(record.arrested_at)),
                source=batch.source,
                ori=ori,
                municipality=municipality,
                case_key=case,
                received_at=batch.received_at,
            )
            for (record, ori), (municipality, _), case in zip(both, places, cases, strict=True)
        ]
        contents = [record.content() for record in records]
        record_keys = [keys.blind("record", content_digest(content)) for content in contents]
        arrest_ids = [ids.arrest(ori, record.source_record_id) for record, ori in both]
        sealed = [
            keys.seal("RAW", COLUMN, f"{batch.batch_id}:{number}", content)
            for (number, _, _), content in zip(items, contents, strict=True)
        ]
        staged = []
        for place, (number, item, ori) in enumerate(items):
            found, record, fact = tokens[place], records[place], facts[place]
            fact["linkable"] = bool(found)
            staged.append(
                Staged(
                    number=number,
                    line=item.line,
                    arrest_id=arrest_ids[place],
                    agency_ori=ori,
                    municipality=places[place][0],
                    action="void" if record.action == "void" else "record",
                    record_key=record_keys[place],
                    twin_key=keys.blind("twin", item.twin) if item.twin else None,
                    person_id=None if found else ids.person(ori, record.source_record_id),
                    sid_token=found.get(SID),
                    name_token=found.get(NAME_BIRTH),
                    group_key=ids.group(ori, item.group) if item.group else None,
                    part=item.part,
                    fact=orjson.dumps(fact).decode(),
                    record=sealed[place],
                )
            )
        return staged, sum(unknown for _, unknown in places)

    def _tokens(self, record: CanonicalArrest) -> dict[str, bytes]:
        person = record.person
        if not (person.last or person.sid):
            # Most rows of open data: nothing to compare.
            return {}
        texts = match_texts(Identity.of(person))
        return {kind: self.keys.blind(f"person:{kind}", text) for kind, text in texts.items()}


def _unfolded(item: Numbered) -> int:
    return _UNFOLDS * sum([len(charge.words) for charge in item[1].record.charges])


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
