"""Times as people here say them: "Tue Nov 24", "9:00 am", "3 days ago". Stored times are UTC."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


class LocalTime:
    """The words for times in one zone; `today` decides whether the year is said."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def civil(self, value: date | datetime) -> date:
        """The civil day of a time, or the day itself."""
        return value.astimezone(self.zone).date() if isinstance(value, datetime) else value

    def day(self, value: date | datetime | None, today: date | None = None) -> str:
        """ "Tue Nov 24", with the year unless it is this one."""
        if value is None:
            return ""
        found = self.civil(value)
        said = f"{found:%a %b} {found.day}"
        now = today or datetime.now(self.zone).date()
        return said if found.year == now.year else f"{said}, {found.year}"

    def clock(self, value: datetime | None) -> str:
        """ "9:00 am"."""
        if value is None:
            return ""
        found = value.astimezone(self.zone)
        return f"{found.hour % 12 or 12}:{found:%M} {'am' if found.hour < 12 else 'pm'}"

    def moment(self, value: datetime | None, today: date | None = None) -> str:
        """ "Tue Nov 24, 9:00 am"."""
        return f"{self.day(value, today)}, {self.clock(value)}" if value is not None else ""

    def ago(self, value: date | datetime | None, now: datetime | None = None) -> str:
        """ "just now", "12 minutes ago", "3 hours ago", "yesterday", "34 days ago"; days are civil days."""
        if value is None:
            return "never"
        present = now or datetime.now(self.zone)
        days = (self.civil(present) - self.civil(value)).days
        if isinstance(value, datetime):
            passed = present - value
            if timedelta() <= passed < timedelta(minutes=1):
                return "just now"
            if timedelta() <= passed < timedelta(hours=1):
                return f"{counted(passed // timedelta(minutes=1), 'minute')} ago"
            if days == 0 and passed >= timedelta():
                return f"{counted(passed // timedelta(hours=1), 'hour')} ago"
        if days <= 0:
            return {0: "today", -1: "tomorrow"}.get(days, f"in {counted(-days, 'day')}")
        return "yesterday" if days == 1 else f"{counted(days, 'day')} ago"

    def field(self, value: datetime | None) -> str:
        """What an `<input type=datetime-local>` holds."""
        return f"{value.astimezone(self.zone):%Y-%m-%dT%H:%M}" if value is not None else ""

    def read_field(self, text: str) -> datetime:
        """The time a person entered in such an input, aware. Raises ValueError."""
        return datetime.fromisoformat(text).replace(tzinfo=self.zone)


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 day", "3 days", "1,204 people": a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
