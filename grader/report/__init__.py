"""Results as people and other tools read them: text, pages and feeds. Nothing here knows AWS."""
