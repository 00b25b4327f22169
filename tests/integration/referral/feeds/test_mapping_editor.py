"""The mapping editor: columns are proposed, tried on the rows, registered as seen, and taken back."""

from __future__ import annotations

import re

import httpx
import pytest

from services.referral.store import feed_samples
from services.referral.store.erasure import erase
from shared.messaging import Transactions
from shared.runtime.ids import uuid7
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts

pytestmark = pytest.mark.integration
OWN, COUNTY = "/feeds/own/mapping", "/feeds/mapping"
FILE = b"Arrest No,Arrest Date,Last Name,First Name,DOB,Race,Charge,Remarks\n" + b"".join(
    f"{n},1/{n}/2026,Sampleton,Marlow,5/17/1990,Caucasian,3929 Retail Theft,note {n}\n".encode() for n in range(1, 6)
)


def fields(page: httpx.Response) -> dict[str, str]:
    """What a browser would send of the page's form as it stands."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    for name, body in re.findall(
        r'<select class="usa-select" id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', page.text, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    for name in re.findall(r'type="checkbox" name="(key-\d+)" value="yes" id="[^"]+" checked', page.text):
        found[name] = "yes"
    return found


async def give(
    http: httpx.AsyncClient, at: str, content: bytes = FILE, source: str = "springfield", **more: str
) -> httpx.Response:
    token = fields(await http.get(at))["csrf"]
    data = {"csrf": token, "source": source, **more}
    return await http.post(at, data=data, files={"file": ("export.csv", content)})


async def press(http: httpx.AsyncClient, page: httpx.Response, at: str, go: str, **more: str) -> httpx.Response:
    return await http.post(at, data={**fields(page), "go": go, **more})


async def mapped(http: httpx.AsyncClient, at: str = f"{OWN}/springfield") -> httpx.Response:
    """The editor's proposal, tried and registered."""
    tried = await press(http, await http.get(at), at, "try")
    return await press(http, tried, at, "save")


async def test_a_supervisor_maps_a_table_and_its_file_is_taken_in(feeds: FeedSide) -> None:
    at = f"{OWN}/springfield"
    async with feeds.signed_in("agency_supervisor") as http:
        assert (await give(http, OWN)).headers["location"] == at
        page = await http.get(at)
        assert "Sampleton" in page.text
        tried = await press(http, page, at, "try")
        assert "What becomes of its 5 rows" in tried.text
        assert "W_CODE" in tried.text
        # A value that nobody knows is said to be something, and seen again before it is registered.
        named = next(name for name in fields(tried) if name.startswith("code-"))
        changed = await press(http, tried, at, "save", **{named: "W"})
        assert (changed.status_code, "W_CODE" in changed.text) == (200, False)
        assert await feeds.rows("select 1 from own.feed_source") == []
        assert (await press(http, changed, at, "save")).headers["location"] == f"{at}?done=saved"
    (row,) = await feeds.rows("select format, agency_ori, mapping, mapping_version from own.feed_source")
    assert (row["format"], row["agency_ori"], row["mapping_version"]) == ("mapped_csv", "PAPPD0000", 1)
    assert row["mapping"]["codes"] == {"Race": {"Caucasian": "W"}}
    assert await feeds.rows("select 1 from own.feed_sample") == []
    batch = await feeds.ingest("springfield", FILE)
    assert counts(batch) == {"accepted": 5}
    assert {fact["demographics"]["race"] for fact in await feeds.outbox()} == {"W"}


async def test_an_earlier_version_is_used_again_and_two_people_do_not_overwrite_each_other(feeds: FeedSide) -> None:
    at = f"{OWN}/springfield"
    async with feeds.signed_in("agency_supervisor") as http:
        await give(http, OWN)
        await mapped(http)
        await give(http, OWN)
        stale = await http.get(at)
        tried = await press(http, await http.get(at), at, "try", **{"field-7": "place.text"})
        assert (await press(http, tried, at, "save")).status_code == 303
        assert (await press(http, stale, at, "try")).status_code == 409
        page = await http.get(at)
        assert "Version 2 is in use" in page.text
        back = await http.post(at, data={**fields(page), "back": "1"})
        assert back.headers["location"] == f"{at}?done=back"
        assert (await http.post(at, data={**fields(page), "back": "1"})).status_code == 409
        assert (await http.post(at, data={**fields(await http.get(at)), "back": "9"})).status_code == 404
    rows = await feeds.rows("select mapping from own.feed_mapping order by mapping_version")
    assert [("place.text" in row["mapping"]["columns"].values()) for row in rows] == [False, True, False]


async def test_county_it_maps_by_the_shape_of_values_and_never_sees_one(feeds: FeedSide) -> None:
    at = f"{COUNTY}/springfield"
    async with feeds.signed_in("county_it") as http:
        assert (await give(http, COUNTY, agency="PAPPD0000")).headers["location"] == f"{at}?agency=PAPPD0000"
        page = await http.get(f"{at}?agency=PAPPD0000")
        tried = await press(http, page, at, "try")
        for shown in (page, tried):
            assert "aaaaaaaaa" in shown.text
            assert not re.search("Sampleton|Marlow|1990|note", shown.text)
        # What stands in many rows is a code and nobody's own.
        assert "Caucasian" in tried.text
        rare = FILE.replace(b"Caucasian", b"Quetzalish", 2)
        await give(http, COUNTY, rare, agency="PAPPD0000")
        assert "Quetzalish" not in (await press(http, await http.get(f"{at}?agency=PAPPD0000"), at, "try")).text


async def test_nobody_maps_another_agencys_feed(feeds: FeedSide) -> None:
    async with feeds.client() as http:
        answer = await http.put("/api/sources/elsewhere", json={
            "agency": "PALEAD025", "format": "mapped_csv",
            "mapping": {
                "key": ["N"],
                "columns": {"N": "case_no", "D": "arrest_date", "A": "person.age", "C": "charge.text"},
            },
        })  # fmt: skip
        assert answer.status_code == 201
    async with feeds.signed_in("agency_supervisor") as http:
        assert (await http.get(f"{OWN}/elsewhere")).status_code == 404
        assert (await http.get(f"{OWN}/nothing-here")).status_code == 404
        assert "This name is taken" in (await give(http, OWN, source="elsewhere")).text
        assert (await http.get(COUNTY)).status_code == 404
    async with feeds.signed_in("officer") as http:
        assert (await http.get(OWN)).status_code == 404


@pytest.mark.parametrize(
    ("source", "content", "said"),
    [
        ("Springfield RMS", FILE, "small letters"),
        ("springfield", b"", "Choose a file"),
    ],
)
async def test_what_cannot_be_mapped_is_said_at_its_field(
    feeds: FeedSide, source: str, content: bytes, said: str
) -> None:
    async with feeds.signed_in("agency_supervisor") as http:
        answer = await give(http, OWN, content, source)
        assert (answer.status_code, said in answer.text) == (422, True)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"{}", b"\x00\x01\x02", b"PK\x03\x04broken", b"a,b\n1", b"\n\n\n"])
async def test_a_file_that_is_no_table_is_told_and_never_a_fault_of_ours(feeds: FeedSide, content: bytes) -> None:
    at = f"{OWN}/springfield"
    async with feeds.signed_in("agency_supervisor") as http:
        assert (await give(http, OWN, content)).status_code == 303
        page = await http.get(at)
        assert page.status_code == 200
        assert (await press(http, page, at, "try", version="0")).status_code == 200


async def test_a_file_to_map_is_sealed_ends_with_its_day_and_with_an_erasure(feeds: FeedSide) -> None:
    async with feeds.signed_in("agency_supervisor") as http:
        await give(http, OWN, source="one")
        assert not any(b"Sampleton".hex() in text for text in await feeds.everything("own.feed_sample"))
        async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
            tx.now += feed_samples.KEPT
            await feed_samples.drop_old(tx)
        assert (await http.get(f"{OWN}/one")).status_code == 404
        await give(http, OWN, source="two")
        async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
            await erase(tx, uuid7(), [uuid7()])
        assert (await http.get(f"{OWN}/two")).status_code == 404
