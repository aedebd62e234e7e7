"""What every number of a report is: one table label -> value, which sentences and tables bind to and the publisher reckons again.

Nothing in here knows words or pages: a number is worked out from outlooks, observations, past projections, the ledger and deliveries.
"""
