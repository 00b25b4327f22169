"""Wires referral together; nothing else."""

from __future__ import annotations

from services.referral.api import agencies, arrests, batches, keys, referrals, sources
from services.referral.feeds.drop import DropFolder
from services.referral.feeds.officers_word import tell
from services.referral.feeds.own_topic import OwnTopics
from services.referral.feeds.status_topic import StatusTopics
from services.referral.feeds.voiding_keys import void_keys
from services.referral.feeds.worker import work
from services.referral.handlers import handlers
from services.referral.pages import desks
from services.referral.store.batches import WAITS
from services.referral.timers import timers
from shared.runtime.service import Service
from shared.web import Link

# Twice a second: a record sent by HTTP becomes an event within that. A file is read at once.
timers.every("feeds", seconds=0.5, wake=WAITS)(work)
timers.every("officers-word", seconds=5)(tell)
timers.every("key-voids", seconds=1)(void_keys)

service = Service(
    name="referral",
    handlers=handlers,
    routers=[
        *desks.FEEDS,
        *desks.REFERRALS,
        *desks.RULES,
        sources.router,
        batches.router,
        arrests.router,
        referrals.router,
        keys.router,
        agencies.router,
    ],
    timers=timers,
    own_parts={"agency-topics": OwnTopics, "drop": DropFolder},
    lasting_parts={"agency-status": StatusTopics},
    nav=[
        Link(service="referral", path="/decisions", text="Screening", roles="supervisor agency_supervisor"),
        Link(service="referral", path="/charges/excluded", text="Let through", roles="prosecutor"),
        Link(service="referral", path="/feeds/start", text="Send arrests", roles="agency_supervisor"),
        Link(service="referral", path="/people/review", text="Same person?", roles="supervisor"),
        Link(service="referral", path="/on-call", text="On call", roles="supervisor programme_manager"),
    ],
)
