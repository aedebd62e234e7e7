"""Label to value: every number that a page may show of an outlook."""
