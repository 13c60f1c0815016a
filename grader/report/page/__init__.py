"""The HTML page of one account."""
