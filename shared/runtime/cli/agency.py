"""`lead agency`: an agency's own Kafka topics and principal, and what its vendor needs to use them."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from shared.contracts.codes import Ori
from shared.contracts.topics import agency_principal, agency_topic, group_prefix, topics_file
from shared.runtime.cli.answers import fail, show
from shared.runtime.cli.police import answer_of, referral
from shared.runtime.cli.topic_commands import administrator

app = typer.Typer(help="Agencies with Kafka topics of their own.", no_args_is_help=True)


@app.command()
def connect(
    ori: Annotated[str, typer.Argument(metavar="ORI", help="the agency, such as PAPPD0000")],
    rotate: Annotated[bool, typer.Option("--rotate", help="a new password; the old one ends at once")] = False,
    bootstrap: Annotated[str, typer.Option(help="the broker's address as the vendor reaches it")] = "",
) -> None:
    """Make an agency's topics, user, grants and rates; prints once what its vendor needs. Safe to run again."""
    from shared.runtime import topics as broker_topics

    try:
        ori = TypeAdapter(Ori).validate_python(ori.upper())
    except ValidationError:
        raise typer.BadParameter("expected two letters of the state and seven letters or digits") from None
    broker, password = administrator(), secrets.token_urlsafe(32)
    with referral() as police_end:
        # Asked first: a password that is made must also come to be printed.
        answer_of(police_end.put(f"/api/agencies/{ori}/topic"))
    try:
        new = broker_topics.connect_agency(broker, ori, password, rotate=rotate)
    except broker_topics.TopicsError as error:
        fail(str(error))
    if not new:
        print(f"{ori} has its password already, which is kept nowhere: --rotate makes another.", file=sys.stderr)
    show(_for_the_vendor(ori, bootstrap or broker.bootstrap, broker.security, password if new else None))


@app.command("list")
def list_() -> None:
    """The agencies that take Kafka."""
    with referral() as police_end:
        for ori in answer_of(police_end.get("/api/agencies"))["agencies"]:
            show({"agency": ori, "user": agency_principal(ori)})


def _for_the_vendor(ori: str, bootstrap: str, security: str, password: str | None) -> dict[str, Any]:
    user = agency_principal(ori)
    return {
        "agency": ori,
        "bootstrap": bootstrap,
        "security_protocol": security,
        "mechanism": "SCRAM-SHA-512",
        "user": user,
        "password": password,
        "topics": {"write": agency_topic(ori, "records"), "read": agency_topic(ori, "status")},
        "group_prefix": group_prefix(user),
        "rates": topics_file().quota_of(user),
        "record": _worked_record(ori),
    }


def _worked_record(ori: str) -> dict[str, Any]:
    """A message that is taken as it stands, of nobody."""
    return {
        "ori": ori,
        "source_record_id": "EXAMPLE-1",
        "case_no": "EXAMPLE-CASE-1",
        "arrested_at": "2026-01-15T14:30:00-05:00",
        "arrest_type": "on_view",
        "disposition": "arrested",
        "place": {"text": "1 Example Street", "municipality": "Pittsburgh", "zone": "2"},
        "person": {"last": "Example", "first": "Sample", "birth_date": "1990-01-01", "sex": "U", "race": "U"},
        "charges": [{"text": "3929(a)(1) Retail Theft", "grade": "M2"}],
    }
