"""`python -m services.referral [--role web|consumer|relay]`."""

from services.referral.app import service
from shared.runtime.service import main

main(service)
