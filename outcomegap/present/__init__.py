"""What people read: one HTML page about all customers, one account of a single customer."""

from outcomegap.present.report import one_customer as one_customer, report as report
