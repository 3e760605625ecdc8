"""Why customers leave: the catalogue of causes, the ledger of those lost, what goes with it, what they buy."""

from outcomegap.churn.catalogue import Catalogue, Entry, RootCause, catalogue
from outcomegap.churn.ledger import Ledger
from outcomegap.churn.losses import concentration
from outcomegap.churn.patterns import Bundles, bundles, drivers

__all__ = [
    "Bundles",
    "Catalogue",
    "Entry",
    "Ledger",
    "RootCause",
    "bundles",
    "catalogue",
    "concentration",
    "drivers",
]
