"""`python -m services.metrics [--role web|consumer|relay|public]`."""

from __future__ import annotations

from services.metrics.app import service
from shared.runtime.service import main

if __name__ == "__main__":
    main(service)
