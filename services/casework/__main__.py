"""`python -m services.casework [--role web|consumer|relay]`."""

from services.casework.app import service
from shared.runtime.service import main

main(service)
