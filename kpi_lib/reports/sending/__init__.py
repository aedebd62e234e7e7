"""A finished report to be sent: on paper, as one file, as a zip."""
