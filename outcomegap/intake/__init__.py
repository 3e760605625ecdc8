"""From the tables people have to measures and cells; the frame made is of the kind that the customers came in."""

from outcomegap.intake.customers import Customers as Customers, Report as Report, read_customers as read_customers
from outcomegap.intake.starter import starter_model as starter_model
