"""A unit and the units below it: the sum of theirs held against its own."""
