"""How long a job takes an expert, by the keystroke-level model over the taps and keys that a browser recorded.

Source: S. K. Card, T. P. Moran, A. Newell, "The keystroke-level model for user performance time with interactive
systems", Communications of the ACM 23(7), 1980, 396-410. Its operators, in seconds: K, a key by an average
non-secretary typist (40 words a minute), 0.28; P, pointing at a target, 1.10; H, moving a hand to another device, 0.40;
M, making ready for the next step, 1.35; R, the system's answer as far as one waits for it.

A tap is P and K. There is one device, so no H. M stands before every tap and before the first key of every field: that
is their rule 0 without the rules that take M away again, so the sum errs on the slow side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from playwright.async_api import Page

K: Final = 0.28
P: Final = 1.10
M: Final = 1.35

# Survives the way from page to page of one tab; counts, and no content.
_RECORD: Final = """
addEventListener("pointerdown", event => { if (event.isTrusted) note("tap"); }, true);
addEventListener("keydown", event => {
  if (!event.isTrusted) return;
  const field = event.target.name || event.target.tagName;
  note(sessionStorage.getItem("klm-field") === field ? "key" : "first");
  sessionStorage.setItem("klm-field", field);
}, true);
function note(what) {
  if (what === "tap") sessionStorage.removeItem("klm-field");
  sessionStorage.setItem("klm-" + what, Number(sessionStorage.getItem("klm-" + what) || 0) + 1);
}
"""


@dataclass(frozen=True)
class Job:
    """What a job took: taps, keys, fields typed into, and seconds waited for answers."""

    taps: int
    keys: int
    fields: int
    waited: float

    @property
    def seconds(self) -> float:
        return self.taps * (M + P + K) + self.fields * M + self.keys * K + self.waited

    def __str__(self) -> str:
        return (
            f"{self.taps} taps x (M {M} + P {P} + K {K}) + {self.fields} fields x M {M} + {self.keys} keys x K {K}"
            f" + R {self.waited:.2f} = {self.seconds:.1f} s"
        )


async def record(page: Page) -> None:
    """Count from the next page on."""
    await page.add_init_script(_RECORD)


async def recorded(page: Page, waited: float) -> Job:
    """What was counted since `record`."""
    taps, first, more = [
        int(await page.evaluate("name => Number(sessionStorage.getItem(name) || 0)", f"klm-{name}"))
        for name in ("tap", "first", "key")
    ]
    return Job(taps, first + more, first, waited)
