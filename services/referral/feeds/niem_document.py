"""One NIEM document as what it is: things with ids, references between them, and several descriptions of one thing.

Elements are known by their local names, so that versions 2 to 6 and the states' own namespaces read alike. LEXS
describes a thing in a digest and again in payloads, which say `SameAsDigestReference`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final, TypeVar, cast

from services.referral.feeds.adapter import StructuralFault
from services.referral.feeds.xml_stream import Element, attribute, children, identity, local, reference, text

CORES: Final = (
    "http://niem.gov/niem/",
    "http://release.niem.gov/niem/niem-core/3",
    "http://release.niem.gov/niem/niem-core/4",
    "http://release.niem.gov/niem/niem-core/5",
    "https://docs.oasis-open.org/niemopen/ns/model/niem-core/6",
)
"""How the namespace of NIEM's core starts, in versions 2 to 6."""
T = TypeVar("T")
_LEXS: Final = "http://usdoj.gov/leisp/lexs/"


def check_root(root: Element) -> None:
    """Raises StructuralFault E_TYPE for what is no NIEM document of a known version."""
    spaces = [str(space) for space in root.nsmap.values() if space]
    if not any(space.startswith((*CORES, _LEXS)) for space in spaces):
        raise StructuralFault("E_TYPE", 1, "expected a NIEM document, version 2 to 6")


class Document:
    """The elements of one document by id and by name."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self._named: dict[str, list[Element]] = defaultdict(list)
        self._by_id: dict[str, Element] = {}
        self._described: dict[str, list[Element]] = defaultdict(list)
        self._same_as: dict[Element, str] = {}
        self._answers: dict[Callable[[Document], Any], Any] = {}
        self._associations: dict[str, dict[str, list[list[Element]]]] = {}
        for element in root.iter():
            name = local(element)
            if name == "SameAsDigestReference":
                self._describe(element)
                continue
            self._named[name].append(element)
            found = identity(element)
            # From NIEM 4 on an empty element with a `uri` refers to the one with content.
            if found and not reference_only(element):
                self._by_id.setdefault(found, element)

    def _describe(self, reference_element: Element) -> None:
        owner = reference_element.getparent()
        while owner is not None and local(owner).endswith("Augmentation"):
            owner = owner.getparent()
        target = reference(reference_element)
        if owner is not None and target:
            self._described[target].append(owner)
            self._same_as[owner] = target

    def once(self, question: Callable[[Document], T]) -> T:
        """The answer to a question about the whole document, found once, not for every arrest in it."""
        if question not in self._answers:
            self._answers[question] = question(self)
        return cast(T, self._answers[question])

    def named(self, *names: str) -> Iterator[Element]:
        """Elements of these names that are the thing itself, no reference to it."""
        for name in names:
            yield from (one for one in self._named.get(name, ()) if not reference_only(one))

    def resolve(self, element: Element) -> Element | None:
        """The thing that an element is or refers to; None if the reference leads nowhere."""
        return self._by_id.get(reference(element)) if reference_only(element) else element

    def views(self, element: Element | None) -> list[Element]:
        """All descriptions of one thing, the digest's first."""
        if element is None:
            return []
        target = self._same_as.get(element)
        first = self._by_id.get(target, element) if target else element
        return list(dict.fromkeys([first, *self._described.get(identity(first), ()), element]))

    def is_another_view(self, element: Element) -> bool:
        """Whether it only describes again what the digest holds."""
        target = self._same_as.get(element)
        return bool(target) and target in self._by_id

    def linked(self, association: str, element: Element) -> Iterator[Element]:
        """What associations of this name link with a thing: every other element in them, resolved."""
        ids = dict.fromkeys(filter(None, map(identity, self.views(element))))
        named = self._links(association)
        for members in {id(one): one for own in ids for one in named.get(own, ())}.values():
            for member in members:
                found = self._by_id.get(reference(member))
                if found is not None and identity(found) not in ids:
                    yield found

    def dangling(self, association: str, element: Element) -> bool:
        """Whether an association of this name links a thing with one that is not in the document."""
        return any(
            reference(member) not in self._by_id
            for members in self._links(association).get(identity(element), ())
            for member in members
        )

    def _links(self, association: str) -> dict[str, list[list[Element]]]:
        """The references in each association of this name, by every id among them."""
        if association not in self._associations:
            found: dict[str, list[list[Element]]] = defaultdict(list)
            for one in self.named(association):
                members = [member for member in one if reference_only(member)]
                for target in dict.fromkeys(map(reference, members)):
                    found[target].append(members)
            self._associations[association] = dict(found)
        return self._associations[association]

    def same_record(self, person: Element) -> list[Element]:
        """People of one birth date whom the source calls one record (`SourceIDText`), this one among them, if any."""
        return self._same_records.get(self._record_of(person), [person])

    @cached_property
    def _same_records(self) -> dict[tuple[str, str], list[Element]]:
        found: dict[tuple[str, str], list[Element]] = defaultdict(list)
        for person in self.named("Person"):
            source, born = self._record_of(person)
            if source and born:
                found[source, born].append(person)
        return dict(found)

    def _record_of(self, person: Element) -> tuple[str, str]:
        return self._sources.get(attribute(person, "metadata"), ""), first_text([person], "PersonBirthDate/Date")

    @cached_property
    def _sources(self) -> dict[str, str]:
        """What each metadata says the source calls its record."""
        found: dict[str, str] = {}
        for one in self.named("Metadata"):
            if name := attribute(one, "id"):
                found.setdefault(name, text(one, "SourceIDText"))
        return found


def reference_only(element: Element) -> bool:
    """Whether an element only refers to another: by `ref`, or by a `uri` without content."""
    if "ref" in {str(name).rpartition("}")[2] for name in element.attrib}:
        return True
    return bool(reference(element)) and len(element) == 0 and not (element.text or "").strip()


def first_text(views: Sequence[Element], *paths: str) -> str:
    """The first text at one of these paths, in any description, the better path first."""
    for path in paths:
        for view in views:
            for one in children(view, path):
                if found := text(one):
                    return found
    return ""
