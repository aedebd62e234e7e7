"""Label to value: the numbers of the record and of what was delivered, and all numbers of a report."""
