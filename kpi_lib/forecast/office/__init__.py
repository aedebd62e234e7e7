"""What the office itself says of the year to come, on its way into a projection."""
