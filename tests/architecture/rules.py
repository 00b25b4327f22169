"""The rules of the architecture that source text can show, each a function from a checkout to its breaches.

Import rules proper (no service imports another, layers, pure domain) are import-linter contracts in
pyproject.toml; `imports` runs them. Rules about databases and grants are checked on the real servers.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from shared.contracts import CONTRACTS
from shared.contracts.envelope import Event, Part
from shared.contracts.topics import topics

SERVICES = ("referral", "intake", "casework", "metrics")
HTTP_CLIENTS = {"httpx", "requests", "aiohttp", "urllib.request", "urllib3", "http.client", "socket", "websockets"}
SHAPE = ("README.md", "__main__.py", "app.py", "handlers.py", "domain", "store", "store/migrations", "pages")
# Free text or identity: none of these may stand on a topic that metrics or an agency reads.
IDENTITY = {
    "name", "names", "first", "last", "first_name", "last_name", "preferred_name", "birth_date", "dob", "address",
    "addresses", "phone", "phones", "email", "note", "notes", "narrative", "description", "officer", "badge",
    "case_no", "source_record_id", "sid", "state_id", "otn", "ssn", "answers", "needs",
}  # fmt: skip
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time"), ("time", "monotonic")}


def imports(root: Path) -> list[str]:
    """import-linter's contracts, run on the checkout at `root`."""
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return [] if run.returncode == 0 else [run.stdout[-4000:] + run.stderr[-2000:]]


def http_between_services(root: Path) -> list[str]:
    """A service never calls another over HTTP: no service, and nothing a service is made of, holds an HTTP client."""
    return [
        f"{path.relative_to(root)}: imports {name}"
        for folder in ("services", "shared/messaging", "shared/web", "shared/contracts")
        for path, tree in _sources(root / folder)
        for name in _imported(tree)
        if name in HTTP_CLIENTS
    ]


def clocks_in_domain(root: Path) -> list[str]:
    """`domain/` takes time, ids and randomness as arguments."""
    found = []
    for service in SERVICES:
        for path, tree in _sources(root / "services" / service / "domain"):
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    if (node.value.id, node.attr) in CLOCKS:
                        found.append(f"{path.relative_to(root)}:{node.lineno}: reads the clock")
                    if node.value.id in ("random", "secrets"):
                        found.append(f"{path.relative_to(root)}:{node.lineno}: makes its own randomness")
                if isinstance(node, ast.Name) and node.id in ("uuid4", "uuid7"):
                    found.append(f"{path.relative_to(root)}:{node.lineno}: makes its own id")
    return found


def shape(root: Path) -> list[str]:
    """The same shape in all four."""
    return [
        f"services/{service}/{part} is missing"
        for service in SERVICES
        for part in SHAPE
        if not (root / "services" / service / part).exists()
    ]


def app_only_wires(root: Path) -> list[str]:
    """`app.py` only wires: no SQL, no route, no rule; one short module."""
    found = []
    for service in SERVICES:
        path = root / "services" / service / "app.py"
        source = path.read_text()
        if len(source.splitlines()) > 80:
            found.append(f"{path.relative_to(root)}: longer than 80 lines")
        for node in ast.walk(ast.parse(source)):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if text.lstrip().lower().startswith(("select ", "insert ", "update ", "delete ")):
                found.append(f"{path.relative_to(root)}:{node.lineno}: holds SQL")
    return found


def identity_on_open_topics(contracts: dict[str, type[Event]] | None = None) -> list[str]:
    """No name, birth date, address, free text or treatment information on a topic that is not sealed.

    Besides the names of fields, the types: a string on an open topic is a code, a pattern or short.
    """
    found = []
    for name, contract in (contracts or CONTRACTS).items():
        if name in topics() and topics()[name].sealed:
            continue
        for place, field in _fields(contract, name):
            leaf = place.rsplit(".", 1)[-1]
            # An area's name is the name of a place.
            if leaf in IDENTITY and place != "jurisdiction-changed.name":
                found.append(f"{place}: identity or free text by its name")
            if field.annotation is str and not any(
                getattr(m, "pattern", None) or (getattr(m, "max_length", None) or 999) <= 120 for m in field.metadata
            ):
                found.append(f"{place}: a string without a pattern or a short limit")
    return found


def _fields(model: type[Part], at: str) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield f"{at}.{name}", field
        for part in _parts(field.annotation):
            yield from _fields(part, f"{at}.{name}")


def _parts(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)


def _sources(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path, ast.parse(path.read_text(), filename=str(path))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
                yield alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield node.module.split(".")[0]
