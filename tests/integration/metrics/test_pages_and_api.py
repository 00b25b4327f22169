"""What people and machines are shown: live figures for the team, snapshots for everybody else."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from prometheus_client import generate_latest

from services.metrics.timers import gauges
from shared.contracts import Event
from tests.integration.metrics.running import Metrics
from tests.metrics_facts import arrest, followed, held_charge, referral

pytestmark = pytest.mark.integration
DAY = date(2026, 1, 15)
AS_OF = date(2026, 11, 1)


def county(people: int = 60) -> list[Event]:
    """Enough people for published figures: two in three had an arrest before, one in three after."""
    facts: list[Event] = []
    for n in range(people):
        facts += followed(f"p{n}", DAY + timedelta(n % 40), before=n % 3, after=int(n % 3 == 0))
        facts.append(held_charge(f"h{n}", f"p{n}-r", f"p{n}", DAY, "relinquished"))
    facts += [referral(f"d{n}", f"d{n}", DAY, decision="declined") for n in range(14)]
    facts += [referral(f"x{n}", f"x{n}", DAY, decision="ineligible") for n in range(3)]
    return facts


@pytest.fixture
async def county_metrics(metrics: Metrics) -> Metrics:
    await metrics.deliver(*county())
    await metrics.count()
    return metrics


async def test_before_the_first_snapshot_the_public_page_says_so_and_the_api_is_404(metrics: Metrics) -> None:
    async with metrics.browser(role="public") as public:
        page = await public.get("/")
        assert page.status_code == 200
        assert "No figures are published yet" in page.text
        answer = await public.get("/api/funnel")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_the_public_role_serves_page_and_api_from_the_snapshot_alone(county_metrics: Metrics) -> None:
    await county_metrics.freeze(AS_OF)
    async with county_metrics.browser(role="public") as public:
        page = await public.get("/")
        assert page.status_code == 200
        assert "Is LEAD working?" in page.text
        assert "before/after, not proof" in page.text
        funnel = (await public.get("/api/funnel")).json()
        outcomes = (await public.get("/api/outcomes?window=182&event=any")).json()
        assert (await public.get("/programme")).status_code in (401, 303, 404)
    by_stage = {
        f["labels"]["stage"]: f for f in funnel["figures"]
        if f["definition"] == "funnel_persons" and f["labels"]["pathway"] == "all"
    }  # fmt: skip
    assert by_stage["referred"]["value"] == 75, "77 people, rounded to 5"
    assert by_stage["ineligible"] | {"sentence": ""} == by_stage["ineligible"] | {
        "value": None, "suppressed": True, "reason": "under_11", "sentence": ""
    }  # fmt: skip
    avoided = next(f for f in outcomes["figures"] if f["definition"] == "outcome_avoided_arrest_ratio")
    assert (avoided["numerator"], avoided["denominator"]) == (40, 60)
    assert avoided["interval"]["method"] == "wilson"
    assert avoided["sentence"].startswith("Of 60 people followed 182 days, 40 (67%, interval 54–77) had no arrest.")
    change = next(f for f in outcomes["figures"] if f["definition"] == "outcome_change_ratio")
    assert change["value"] == 0.67
    assert "Before/after, not proof." in change["sentence"]


async def test_every_figure_of_the_api_has_what_a_reader_needs(county_metrics: Metrics) -> None:
    await county_metrics.freeze(AS_OF)
    async with county_metrics.browser() as client:
        known = {d["id"]: d["version"] for d in (await client.get("/api/definitions")).json()["definitions"]}
        for path in ("/api/funnel", "/api/outcomes"):
            for figure in (await client.get(path)).json()["figures"]:
                assert known[figure["definition"]] == figure["definition_version"]
                assert figure["as_of"] == AS_OF.isoformat()
                assert figure["sentence"]
                assert figure.keys() >= {"value", "numerator", "denominator", "interval", "suppressed", "labels"}
        snapshots = (await client.get("/api/snapshots")).json()["snapshots"]
        assert [s["as_of"] for s in snapshots] == [AS_OF.isoformat()]
        assert (await client.get("/api/funnel?as_of=2020-01-01")).status_code == 404


async def test_csv_of_each_answer_has_the_same_figures(county_metrics: Metrics) -> None:
    await county_metrics.freeze(AS_OF)
    async with county_metrics.browser() as client:
        for name in ("funnel", "outcomes"):
            answer = await client.get(f"/api/{name}.csv")
            assert answer.headers["content-type"].startswith("text/csv")
            rows = list(csv.DictReader(io.StringIO(answer.text)))
            assert len(rows) == len((await client.get(f"/api/{name}")).json()["figures"])
        for name in ("definitions", "snapshots"):
            assert list(csv.DictReader(io.StringIO((await client.get(f"/api/{name}.csv")).text)))


async def test_the_programme_is_live_audited_and_hides_small_numbers(county_metrics: Metrics) -> None:
    async with county_metrics.browser("evaluator") as evaluator:
        page = await evaluator.get("/programme")
        assert page.status_code == 200
        assert "under 11" in page.text
        assert "77" in page.text, "exact, not rounded"
        mark = page.text.split("/programme?seen=")[1][:16]
        quiet = await evaluator.get(f"/programme?seen={mark}", headers={"HX-Request": "true", "Lead-Poll": "1"})
        assert quiet.status_code == 204
        await county_metrics.deliver(referral("new", "new", DAY), arrest("new-a", "new", DAY))
        await county_metrics.count()
        moved = await evaluator.get(f"/programme?seen={mark}", headers={"HX-Request": "true"})
        assert moved.status_code == 200
        assert "<html" not in moved.text
    async with county_metrics.browser("coordinator") as coordinator:
        assert (await coordinator.get("/programme")).status_code == 404
    trail = await county_metrics.audit()
    assert {(row["action"], row["reads"]) for row in trail} >= {("GET /programme", "PSE")}


async def test_a_programme_manager_publishes_and_the_same_content_is_stored_once(county_metrics: Metrics) -> None:
    async with county_metrics.browser("programme_manager") as manager:
        page = await manager.get("/programme")
        token = page.text.split('name="csrf" value="')[1].split('"')[0]
        for _ in range(2):
            answer = await manager.post("/programme/publish", data={"csrf": token})
            assert answer.status_code == 303
        assert len((await manager.get("/api/snapshots")).json()["snapshots"]) == 1


async def test_a_frozen_snapshot_never_changes(county_metrics: Metrics) -> None:
    await county_metrics.freeze(AS_OF)
    async with county_metrics.browser() as client:
        before = (await client.get(f"/api/outcomes?as_of={AS_OF}")).json()
        await county_metrics.deliver(*[arrest(f"late{n}", f"p{n}", DAY + timedelta(90)) for n in range(40)])
        await county_metrics.count()
        assert (await client.get(f"/api/outcomes?as_of={AS_OF}")).json() == before
        await county_metrics.freeze(AS_OF)
        assert (await client.get(f"/api/outcomes?as_of={AS_OF}")).json() != before


async def test_prometheus_sees_the_snapshot_without_hidden_figures(county_metrics: Metrics) -> None:
    await county_metrics.freeze(AS_OF)
    async with county_metrics.tx() as tx:
        await gauges(tx)
    told = generate_latest().decode()
    assert 'lead_funnel_persons{pathway="all",stage="referred"} 75.0' in told
    assert 'lead_funnel_persons{pathway="all",stage="ineligible"}' not in told
    assert 'lead_outcome_avoided_arrest_lower_ratio{arm="intake",event="any",window="182"} 0.5' in told
    assert len([line for line in told.splitlines() if line.startswith("lead_")]) < 2000


async def test_only_the_operator_freezes_by_api_and_never_a_day_that_is_not_known_yet(
    county_metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAD_OPERATOR_TOKEN", "an-operator-of-the-tests")
    token = {"Authorization": "Bearer an-operator-of-the-tests"}
    async with county_metrics.browser() as client:
        assert (await client.post("/api/snapshots")).status_code == 401
        made = await client.post(f"/api/snapshots?as_of={AS_OF}", headers=token)
        assert made.status_code == 201, made.text
        assert made.json()["as_of"] == AS_OF.isoformat()
        ahead = await client.post("/api/snapshots?as_of=2999-01-01", headers=token)
        assert ahead.status_code == 422
        assert ahead.json()["errors"][0]["field"] == "as_of"
