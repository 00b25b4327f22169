"""`python -m services.casework [--role web|consumer|relay]`."""

from shared.runtime.service import main

from services.casework.app import service

main(service)
