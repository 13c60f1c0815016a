"""What a class is: its roster, what people decided, lateness, and what can be counted over many results."""
