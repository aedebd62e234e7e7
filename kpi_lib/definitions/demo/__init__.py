"""Illustrative wards of a demonstration province: made from a seed when they are first asked for, never kept in the repository."""
