"""What the office says is to come: events, scenarios kept, on the page of a line."""
