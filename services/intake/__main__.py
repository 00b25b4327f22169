"""`python -m services.intake [--role web|consumer|relay|all]`."""

from shared.runtime.service import main

from services.intake.app import service

if __name__ == "__main__":
    main(service)
