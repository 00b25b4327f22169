"""Pieces of server-made SVG. Classes and presentation attributes only: the content policy forbids inline style."""

from __future__ import annotations

from markupsafe import Markup, escape


def drawing(width: int, height: int, body: str, label: str, *, narrow: bool) -> Markup:
    """A chart that a screen reader reads as one image with its values in words."""
    cls = "chart nar" if narrow else "chart wid"
    return Markup(  # noqa: S704 - body is built by the functions below, which escape every text
        f'<svg class="{cls}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(label)}" focusable="false">{body}</svg>'
    )


def text(x: float, y: float, said: str, cls: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{cls}" text-anchor="{anchor}">{escape(said)}</text>'


def bar(x: float, y: float, width: float, height: float, cls: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="3" class="bar {cls}"/>'


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{cls}"/>'


def dot(x: float, y: float, cls: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" class="pt {cls}"/>'


def square(x: float, y: float, cls: str) -> str:
    return f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" class="pt {cls}"/>'
