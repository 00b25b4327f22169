"""Two people, or two pages, at the same interview: nothing is overwritten unseen, nothing typed is lost."""

from __future__ import annotations

from shared.runtime.ids import uuid7
from tests.integration.intake import facts, interviewing
from tests.integration.intake.desk import Intake, send


async def started(intake: Intake) -> facts.ReferralCreated:
    one = facts.referral(uuid7())
    await intake.deliver(one, facts.profile(one.person_id))
    async with intake.browser() as client:
        await interviewing.start(client, one.referral_id)
    return one


async def test_different_answers_of_two_pages_merge(intake: Intake) -> None:
    one = await started(intake)
    async with intake.browser() as client:
        await interviewing.save(client, one.referral_id, 1, q_tonight="no", has_safe_now="1")
        merged = await interviewing.save(client, one.referral_id, 1, q_safe_now="yes", has_tonight="1")
        assert merged.status_code == 303
        page = (await client.get(f"/interviews/{one.referral_id}?part=1")).text
    assert 'id="q_tonight-2" value="no" checked' in page
    assert 'id="q_safe_now-1" value="yes" checked' in page


async def test_the_same_answer_shows_both_values_and_the_person_chooses(intake: Intake) -> None:
    one = await started(intake)
    async with intake.browser() as client:
        await interviewing.save(client, one.referral_id, 1, q_tonight="no")
        clash = await interviewing.save(client, one.referral_id, 1, q_tonight="yes", q_first_help="Socks")
        assert clash.status_code == 409
        assert "Two answers to the same question" in clash.text
        page = (await client.get(f"/interviews/{one.referral_id}?part=1")).text
        assert 'id="q_tonight-2" value="no" checked' in page
        assert "Socks" in page
        chosen = await interviewing.save(client, one.referral_id, 1, row_version="2", keep_tonight="mine")
        assert chosen.status_code == 303
        page = (await client.get(f"/interviews/{one.referral_id}?part=1")).text
        assert 'id="q_tonight-1" value="yes" checked' in page


async def test_autosave_answers_with_the_row_version_only(intake: Intake) -> None:
    one = await started(intake)
    async with intake.browser() as client:
        page = await client.get(f"/interviews/{one.referral_id}")
        token = page.text.split('name="csrf-token" content="')[1].split('"')[0]
        headers = {"HX-Request": "true", "X-CSRF-Token": token}
        path = f"/interviews/{one.referral_id}/parts/1"
        saved = await client.post(path, data={"row_version": "0", "q_tonight": "no"}, headers=headers)
        assert 'name="row_version" value="1"' in saved.text
        assert "<html" not in saved.text
        clash = await client.post(path, data={"row_version": "0", "q_tonight": "yes"}, headers=headers)
        assert clash.status_code == 409
        assert 'name="row_version" value="0"' in clash.text
        assert "Show both" in clash.text


async def test_one_writer_to_a_part_and_a_take_over_keeps_the_other_s_words(intake: Intake) -> None:
    one = await started(intake)
    async with intake.browser() as worker, intake.browser("supervisor") as supervisor:
        await interviewing.save(worker, one.referral_id, 1, q_first_help="First words")
        await send(supervisor, f"/referrals/{one.referral_id}/claim", reason="Sam left early")
        page = await supervisor.get(f"/interviews/{one.referral_id}?part=1")
        assert "Sam Inventaro is writing this part" in page.text
        refused = await interviewing.save(supervisor, one.referral_id, 1, q_first_help="Other words")
        assert refused.status_code == 409
        await send(supervisor, f"/interviews/{one.referral_id}/parts/1/take-over", reason="Sam left early")
        assert "First words" in (await supervisor.get(f"/interviews/{one.referral_id}?part=1")).text
        assert (await interviewing.save(worker, one.referral_id, 1, q_first_help="Late words")).status_code == 409


async def test_an_unknown_choice_and_an_unknown_version_are_refused(intake: Intake) -> None:
    one = await started(intake)
    async with intake.browser() as client:
        assert (await interviewing.save(client, one.referral_id, 1, q_tonight="palace")).status_code == 422
        assert (await interviewing.save(client, one.referral_id, 1, row_version="x")).status_code == 422


async def test_it_reads_on_in_spanish(intake: Intake) -> None:
    one = await started(intake)
    async with intake.browser() as client:
        await send(client, f"/interviews/{one.referral_id}/language", language="es", part="1")
        page = (await client.get(f"/interviews/{one.referral_id}?part=1")).text
    assert "¿Tiene dónde dormir esta noche?" in page
    assert "Prefiero no decir" in page


async def test_answers_are_sealed_where_they_rest(intake: Intake) -> None:
    one = await started(intake)
    async with intake.browser() as client:
        await interviewing.save(client, one.referral_id, 1, q_first_help="My canary words")
    (row, _) = await intake.rows("select sheet from own.interview_part order by part")
    assert b"canary" not in row["sheet"]
