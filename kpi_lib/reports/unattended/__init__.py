"""Runs by itself: what a scheduler is told, what is said of a run when it is over, and to whom it is mailed."""
