"""Why customers leave: the catalogue of causes, the ledger of those lost, what drives them away, what they buy."""

from outcomegap.churn.collection import Catalogue, catalogue
from outcomegap.churn.concentration import Concentration, concentration
from outcomegap.churn.entry import AVOIDABLE, OWNERS, PHASES, ROOT_CAUSES, Entry, RootCause
from outcomegap.churn.ledger import Ledger
from outcomegap.churn.proportion import weighted_wilson, wilson
from outcomegap.churn.stated import UNKNOWN_WORDS

__all__ = [
    "AVOIDABLE",
    "OWNERS",
    "PHASES",
    "ROOT_CAUSES",
    "UNKNOWN_WORDS",
    "Catalogue",
    "Concentration",
    "Entry",
    "Ledger",
    "RootCause",
    "catalogue",
    "concentration",
    "weighted_wilson",
    "wilson",
]
