"""`python -m services.intake [--role web|consumer|relay|all]`."""

from services.intake.app import service
from shared.runtime.service import main

if __name__ == "__main__":
    main(service)
