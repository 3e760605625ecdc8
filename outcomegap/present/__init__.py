"""What people read: one HTML page about all customers, one account of a single customer."""

from outcomegap.present.one_customer import OneCustomer, one_customer
from outcomegap.present.report import report

__all__ = ["OneCustomer", "one_customer", "report"]
