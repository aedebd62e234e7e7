"""Many units at once: which belong to a unit above them, which a selection means, and a plan of many runs."""
