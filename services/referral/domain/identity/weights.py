"""What each degree of agreement is worth, in bits: log2 of its chance for one person over its chance for two.

The figures are data, trained offline and versioned (`data/identity/`, with their model card).
Source: Fellegi and Sunter (1969); term frequencies after Newcombe et al. (1959).
"""

from __future__ import annotations

from functools import cached_property
from math import log2

from pydantic import BaseModel, ConfigDict, Field

from services.referral.domain.identity.levels import Circumstances, Comparison, Level, Names


class Chance(BaseModel):
    """How often a level is seen: `m` among records of one person, `u` among records of two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    m: float = Field(gt=0, lt=1)
    u: float = Field(gt=0, lt=1)

    @property
    def bits(self) -> float:
        return log2(self.m / self.u)


class Surnames(BaseModel):
    """Shares of the population, by plain surname; every other surname counts as `unlisted`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unlisted: float = Field(gt=0, lt=1)
    listed: dict[str, float]

    def share(self, surname: str) -> float:
        """How many of the population have this surname, at most as rare as the rarest listed one."""
        return self.listed.get(surname, self.unlisted)


class Weights(BaseModel):
    """One version of the figures."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    version: str
    swapped: float = Field(gt=0, lt=1)
    """How often the names of one person stand in each other's place."""
    given: dict[Level, Chance]
    surname: dict[Level, Chance]
    birth_date: dict[Level, Chance]
    address: dict[Level, Chance]
    phone: dict[Level, Chance]
    sid: dict[Level, Chance]
    otn: dict[Level, Chance]
    surnames: Surnames

    def bits(self, found: Comparison) -> float:
        """How much the comparison speaks for one person (above 0) or two (below)."""
        return self.of_names(found.names) + self.of_circumstances(found)

    def of_circumstances(self, found: Circumstances | Comparison) -> float:
        """What all but the names is worth."""
        birth_date, address, phone, sid, otn = self.by_circumstance
        return (
            birth_date[found.birth_date] + address[found.address] + phone[found.phone] + sid[found.sid] + otn[found.otn]
        )

    def most_of_names(self, surname: str) -> float:
        """The most that any two names can be worth where one of the surnames is this."""
        given = max(self._table["given"].values())
        unequal = max(bits for level, bits in self._table["surname"].items() if level is not Level.EQUAL)
        straight = given + max(unequal, self._surname_equal - log2(self.surnames.share(surname)))
        return max(straight, log2(self.swapped) + 2 * given)

    def of_names(self, found: Names) -> float:
        """What the names are worth."""
        table = self._table
        if found.swapped:
            # Both by the table of given names, which is the more cautious, and does not depend on who comes first.
            return log2(self.swapped) + table["given"][found.given] + table["given"][found.surname]
        if found.surname is Level.EQUAL:
            return table["given"][found.given] + self._surname_equal - log2(self.surnames.share(found.shared_surname))
        return table["given"][found.given] + table["surname"][found.surname]

    @cached_property
    def _surname_equal(self) -> float:
        return log2(self.surname[Level.EQUAL].m)

    @cached_property
    def by_circumstance(self) -> list[dict[Level, float]]:
        """The bits of each level of birth date, address, telephone, state id and tracking number."""
        return [self._table[trait] for trait in ("birth_date", "address", "phone", "sid", "otn")]

    @cached_property
    def _table(self) -> dict[str, dict[Level, float]]:
        traits = ("given", "surname", "birth_date", "address", "phone", "sid", "otn")
        return {
            trait: {Level.MISSING: 0.0} | {level: chance.bits for level, chance in getattr(self, trait).items()}
            for trait in traits
        }
