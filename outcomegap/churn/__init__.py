"""Why customers leave: the catalogue of causes, the ledger of those lost, what goes with it, what they buy."""

from outcomegap.churn.bundles import Bundles, bundles
from outcomegap.churn.catalogue import Catalogue, Entry, RootCause, catalogue
from outcomegap.churn.drivers import drivers
from outcomegap.churn.ledger import Ledger
from outcomegap.churn.losses import concentration

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
