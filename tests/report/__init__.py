"""The page: what it says, what it never says, and how a browser shows it."""
