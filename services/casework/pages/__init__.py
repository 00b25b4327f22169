"""Casework's pages. Importing them registers their routes."""

from services.casework.pages import alerts, assignments, board, contacts, participant, participants, statuses, today
from services.casework.pages.router import router

__all__ = ["alerts", "assignments", "board", "contacts", "participant", "participants", "router", "statuses", "today"]
