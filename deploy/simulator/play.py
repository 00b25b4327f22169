"""Enter the fictional year through the public interfaces, at its true past times.

Police systems post records; intake workers, a supervisor and coordinators post the forms they would post.
`only` and `without` name services whose own people's entries are made or left out, so that a service that was
down can have its entries made late. What was entered is remembered, and entered once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx

from deploy.simulator import records
from deploy.simulator.desks import Desk, DeskError
from deploy.simulator.memory import Memory
from deploy.simulator.world import Contact, County, Intake, Story

Say = Callable[[str], None]
AT_ONCE = 4
"""Forms under way at the same time: a busy office, not a load test."""
BATCH = 100
SEEDS = UUID("0198c000-0000-7000-8000-000000000000")
ROBINS_PEOPLE = 17
"""How many the demo's coordinator looks after: a full caseload with room for three."""


class Player:
    """One year on its way into the services."""

    def __init__(self, year: County, urls: dict[str, str], token: str, memory: Memory, say: Say) -> None:
        self.year = year
        self.urls = urls
        self.token = token
        self.memory = memory
        self.say = say

    async def play(self, services: Iterable[str]) -> None:
        wanted = set(services)
        if "referral" in wanted:
            await self.police()
            await self.referrals()
            await self.decisions()
        if "intake" in wanted:
            await self.intake()
        if "casework" in wanted:
            await self.casework()

    async def police(self) -> None:
        """Every arrest, in the order of the calendar."""
        arrests = sorted(
            (records.arrest(story, one) for story in self.year.stories for one in story.arrests),
            key=lambda record: str(record["arrested_at"]),
        )
        await self._send("arrests", "/api/arrests", arrests)

    async def referrals(self) -> None:
        told = sorted(
            ((story.referral.at, story) for story in self.year.stories if story.referral), key=lambda pair: pair[0]
        )
        sent = [(story, records.referral(story, story.referral)) for _, story in told if story.referral]
        results = await self._send("referrals", "/api/referrals", [record for _, record in sent])
        for (story, _), result in zip(sent, results, strict=bool(results)):
            self.memory.referrals[story.person.number] = result["referral_id"]
        self.memory.save()

    async def decisions(self) -> None:
        """The supervisor reads what the rule could not decide, two days after it came."""
        async with Desk(self.urls["referral"], "supervisor") as desk:
            page = await desk.page("/decisions") or ""
            waiting = set(re.findall(r"/decisions/([0-9a-f-]{36})", page))
            for story in self._referred():
                referral_id = self.memory.referrals.get(story.person.number)
                if referral_id in waiting and story.referral:
                    at = min(story.referral.at + timedelta(days=2), self._latest())
                    answer = {"act": "approve", "reason": "eligible_after_review", "at": at.isoformat()}
                    await self._unless_refused(desk.post(f"/decisions/{referral_id}", answer))

    async def intake(self) -> None:
        async with Desk(self.urls["intake"], "intake_worker") as desk:
            await self._each("people met by intake", self._referred(), lambda story: self._meet(desk, story))

    async def _meet(self, desk: Desk, story: Story) -> None:
        number, referral = story.person.number, story.referral
        referral_id = self.memory.referrals.get(number)
        if referral is None or referral_id is None or number in self.memory.met:
            return
        if referral.offer == "declined" or await self._closed(desk, referral_id):
            return
        await desk.page_when_there(f"/referrals/{referral_id}/outreach")
        for attempt in referral.outreach:
            await desk.post(f"/referrals/{referral_id}/outreach", {**_contact(attempt), "same": "no"})
        if referral.intake is not None:
            await self._interview(desk, referral_id, referral.intake, story)
        self.memory.met.add(number)

    async def _closed(self, desk: Desk, referral_id: str) -> bool:
        """Whether this referral never reached intake: ineligible ones stay at the police end."""
        return referral_id in self.memory.ineligible and await desk.page(f"/interviews/{referral_id}") is None

    async def _interview(self, desk: Desk, referral_id: str, intake: Intake, story: Story) -> None:
        here = f"/interviews/{referral_id}"
        await desk.post(here, {"language": story.person.language})
        middle = intake.part1_at + (intake.completed_at - intake.part1_at) / 2
        part1 = {"q_safe_now": "yes", "q_tonight": "yes" if intake.housing == "own_place" else "unsure",
                 "q_today": "food", "q_first_help": "A quiet place and a meal", "q_naloxone": "have"}  # fmt: skip
        part2 = {"q_stay": intake.housing, "q_work": "looking", "q_money": "side_jobs", "q_coverage": "medicaid",
                 "q_police": ("negative", "neutral", "positive")[story.person.number % 3], "q_court": "nothing",
                 "q_goal_1": intake.goal, "q_life_now": "mixed"}  # fmt: skip
        if story.person.race != "H":
            part2["q_race"] = story.person.race
        for number, answers, at in ((1, part1, middle), (2, part2, intake.completed_at)):
            page = await desk.page_when_there(f"{here}?part={number}")
            shown = re.search(r'name="row_version" value="(\d+)"', page)
            answers = {**answers, "row_version": shown[1] if shown else "0", "done": "1", "at": at.isoformat()}
            await desk.post(f"{here}/parts/{number}", answers)
        shares = {
            f"share_{one}": "yes" if one in intake.shares else "no"
            for one in ("police", "prosecutor", "provider", "evaluation")
        }
        signed = {**shares, "signature": f"{story.person.first} {story.person.last}", "minutes": str(intake.minutes)}
        await desk.page_when_there(f"{here}?part=check")
        await desk.post(f"{here}/finish", {**signed, "mode": "office"})
        finished = await desk.page_when_there(here)
        if person := re.search(r"/(?:people|participants)/([0-9a-f-]{36})", finished):
            self.memory.people[story.person.number] = person[1]

    async def casework(self) -> None:
        met = [story for story in self._referred() if story.person.number in self.memory.people]
        async with Desk(self.urls["casework"], "coordinator") as desk:
            newest = sorted(met, key=_met_at)[-ROBINS_PEOPLE:]
            await self._each("people taken on", newest, lambda story: self._take_on(desk, story))
            await self._each("people looked after", met, lambda story: self._look_after(desk, story))

    async def _take_on(self, desk: Desk, story: Story) -> None:
        person_id = self.memory.people[story.person.number]
        await desk.page_when_there(f"/participants/{person_id}")
        data = {"assignment_id": str(uuid5(SEEDS, f"assign {person_id}")), "at": _met_at(story).isoformat()}
        await self._unless_refused(desk.post(f"/participants/{person_id}/assignments", data))

    async def _look_after(self, desk: Desk, story: Story) -> None:
        number = story.person.number
        if number in self.memory.looked_after or story.referral is None:
            return
        person_id = self.memory.people[number]
        await desk.page_when_there(f"/participants/{person_id}")
        for place, contact in enumerate(story.referral.contacts):
            entry = _contact(contact)
            entry |= {"pid": person_id, "contact_id": str(uuid5(SEEDS, f"{person_id} {place}")), "next": "1w"}
            await desk.post("/contacts", entry)
        self.memory.looked_after.add(number)

    async def _send(self, what: str, path: str, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Post records in batches; each batch has a key, so that a second try is no second record."""
        results: list[dict[str, Any]] = []
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.urls["referral"], headers=headers, timeout=120) as http:
            for start in range(0, len(bodies), BATCH):
                key = {"Idempotency-Key": f"year-{self.year.seed}-{self.year.last_day}-{what}-{start}"}
                answer = await http.post(path, json=bodies[start : start + BATCH], headers=key)
                if answer.status_code != 202:
                    raise DeskError(f"{path}: {answer.status_code}: {answer.text[:1000]}")
                results += answer.json()["results"]
                self.say(f"{min(start + BATCH, len(bodies))} of {len(bodies)} {what}")
        self.memory.ineligible |= {r["referral_id"] for r in results if r.get("decision") in ("ineligible", "declined")}
        return results

    async def _each(self, what: str, stories: Sequence[Story], one: Callable[[Story], Awaitable[None]]) -> None:
        """Do something for each story, a few at once, and say how far it is."""
        places, done = asyncio.Semaphore(AT_ONCE), 0

        async def do(story: Story) -> None:
            nonlocal done
            async with places:
                await one(story)
            done += 1
            if done % 20 == 0 or done == len(stories):
                self.memory.save()
                self.say(f"{done} of {len(stories)} {what}")

        async with asyncio.TaskGroup() as group:
            for story in stories:
                group.create_task(do(story))

    async def _unless_refused(self, post: Awaitable[httpx.Response]) -> None:
        """A rule may say no to what was not yet known when the story was made: a full list, a decided referral."""
        try:
            await post
        except DeskError as error:
            self.say(f"refused: {str(error)[:200]}")

    def _referred(self) -> list[Story]:
        return [story for story in self.year.stories if story.referral is not None]

    def _latest(self) -> datetime:
        return max(story.referral.at for story in self._referred() if story.referral)


def _met_at(story: Story) -> datetime:
    if story.referral is None or story.referral.intake is None:
        raise ValueError(f"person {story.person.number} was never met")
    return story.referral.intake.completed_at


def _contact(contact: Contact) -> dict[str, str]:
    return {
        "at": contact.at.isoformat(),
        "mode": contact.mode,
        "outcome": contact.outcome,
        "minutes": str(contact.minutes),
    }
