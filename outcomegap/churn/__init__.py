"""Why customers leave: the catalogue of causes, the ledger of those lost, what goes with leaving, what they buy."""

from outcomegap.churn.bundling import Bundles, bundles
from outcomegap.churn.collection import Catalogue, catalogue
from outcomegap.churn.concentrated import Concentration, concentration
from outcomegap.churn.driving import Drivers, drivers
from outcomegap.churn.entry import AVOIDABLE, OWNERS, PHASES, ROOT_CAUSES, Entry, RootCause
from outcomegap.churn.ledger import Ledger
from outcomegap.churn.unknown import UNKNOWN_WORDS

__all__ = [
    "AVOIDABLE",
    "OWNERS",
    "PHASES",
    "ROOT_CAUSES",
    "UNKNOWN_WORDS",
    "Bundles",
    "Catalogue",
    "Concentration",
    "Drivers",
    "Entry",
    "Ledger",
    "RootCause",
    "bundles",
    "catalogue",
    "concentration",
    "drivers",
]
