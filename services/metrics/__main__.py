"""`python -m services.metrics [--role web|consumer|relay|public]`."""

from __future__ import annotations

from shared.runtime.service import main

from services.metrics.app import service

if __name__ == "__main__":
    main(service)
