"""What people read: one HTML page about all customers, one account of a single customer."""

from outcomegap.present.one_customer import OneCustomer, OneGap, one_customer
from outcomegap.present.report import report

__all__ = ["OneCustomer", "OneGap", "one_customer", "report"]
