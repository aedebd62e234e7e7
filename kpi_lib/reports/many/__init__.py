"""Runs of many units: what became of each report, kept as it ends, and told in one table."""
