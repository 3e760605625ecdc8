"""Why customers leave: the catalogue of reasons, habits, missed outcomes and events in the customer's life."""

from outcomegap.churn.collection import Catalogue, catalogue
from outcomegap.churn.entry import AVOIDABLE, OWNERS, PHASES, ROOT_CAUSES, Entry, RootCause

__all__ = ["AVOIDABLE", "OWNERS", "PHASES", "ROOT_CAUSES", "Catalogue", "Entry", "RootCause", "catalogue"]
