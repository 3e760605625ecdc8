"""From the tables people have to measures and cells, in the engine those tables came in."""

from outcomegap.intake.read import Customers, read_customers
from outcomegap.intake.report import ColumnReport, Report
from outcomegap.intake.starter import starter_model

__all__ = ["ColumnReport", "Customers", "Report", "read_customers", "starter_model"]
