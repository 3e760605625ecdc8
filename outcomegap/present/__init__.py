"""Results for people: one HTML page about all customers, and the explanation of one customer."""

from outcomegap.present.report import one_customer as one_customer, report as report
