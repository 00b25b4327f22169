"""The topics file is the only list: contracts, grants, sealed topics and the AsyncAPI document agree with it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.contracts import CONTRACTS
from shared.contracts.asyncapi import document
from shared.contracts.topics import TopicsFile, grants, read_by, topics, topics_file, written_by


def test_every_topic_has_a_contract_and_every_contract_a_topic() -> None:
    assert set(topics()) == set(CONTRACTS)


def test_the_four_topics_of_the_card_exist() -> None:
    assert {"referral-created", "intake-completed", "contact-logged", "arrest-recorded"} <= set(topics())


def test_topics_about_people_are_compacted_so_that_the_log_can_forget() -> None:
    assert all(topic.config["cleanup.policy"] == "compact" for topic in topics().values())


def test_identity_and_assessments_are_sealed_and_read_by_intake_and_casework_alone() -> None:
    sealed = {name: topic.read for name, topic in topics().items() if topic.sealed}
    assert sealed == {"person-profile": ("intake", "casework"), "assessment-recorded": ("casework",)}


def test_metrics_publishes_only_what_it_disclosed_and_erased() -> None:
    assert set(written_by("metrics")) == {"disclosure-recorded", "erasure-recorded"}


def test_an_agency_s_principal_holds_its_own_two_topics_and_nothing_else() -> None:
    held = grants("rms-pa0020100", "PA0020100")
    assert held == {("rms.pa0020100.records", "write"), ("rms.pa0020100.status", "read")}
    assert grants("rms-pa0020100", "PA0020200") == set()


def test_asyncapi_names_every_channel_and_every_sender_and_receiver() -> None:
    spec = document()
    assert set(spec["channels"]) == set(topics())
    for service in topics_file().services():
        for name in written_by(service):
            assert spec["operations"][f"{service}-send-{name}"]["action"] == "send"
        for name in read_by(service):
            assert spec["operations"][f"{service}-receive-{name}"]["action"] == "receive"


def test_a_typing_error_in_the_topics_file_is_refused_with_its_place() -> None:
    raw = topics_file().model_dump()
    raw["topics"]["contact-logged"]["reed"] = ["metrics"]
    with pytest.raises(ValidationError, match=r"topics\.contact-logged\.reed"):
        TopicsFile.model_validate(raw)
