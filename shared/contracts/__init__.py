"""Every event as a pydantic model, one module each. `CONTRACTS` maps topic to model."""

from shared.contracts.arrest_recorded import ArrestRecorded
from shared.contracts.assessment_recorded import AssessmentRecorded
from shared.contracts.assignment_changed import AssignmentChanged
from shared.contracts.charge_decided import ChargeDecided
from shared.contracts.consent_recorded import ConsentRecorded
from shared.contracts.contact_logged import ContactLogged
from shared.contracts.disclosure_recorded import DisclosureRecorded
from shared.contracts.envelope import BEAT_TYPE, CONTRACTS, ContractError, Event, Void, decode
from shared.contracts.erasure_recorded import ErasureRecorded
from shared.contracts.feed_coverage import FeedCoverage
from shared.contracts.intake_completed import IntakeCompleted
from shared.contracts.jurisdiction_changed import JurisdictionChanged
from shared.contracts.offer_answered import OfferAnswered
from shared.contracts.participant_status_changed import ParticipantStatusChanged
from shared.contracts.person_merged import PersonMerged
from shared.contracts.person_profile import PersonProfile
from shared.contracts.referral_created import ReferralCreated
from shared.contracts.referral_decided import ReferralDecided
from shared.contracts.status_recorded import StatusRecorded
from shared.contracts.survey_recorded import SurveyRecorded
from shared.contracts.utilization_recorded import UtilizationRecorded

__all__ = [
    "BEAT_TYPE",
    "CONTRACTS",
    "ArrestRecorded",
    "AssessmentRecorded",
    "AssignmentChanged",
    "ChargeDecided",
    "ConsentRecorded",
    "ContactLogged",
    "ContractError",
    "DisclosureRecorded",
    "ErasureRecorded",
    "Event",
    "FeedCoverage",
    "IntakeCompleted",
    "JurisdictionChanged",
    "OfferAnswered",
    "ParticipantStatusChanged",
    "PersonMerged",
    "PersonProfile",
    "ReferralCreated",
    "ReferralDecided",
    "StatusRecorded",
    "SurveyRecorded",
    "UtilizationRecorded",
    "Void",
    "decode",
]
