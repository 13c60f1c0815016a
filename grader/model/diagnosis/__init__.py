"""Why it does not work: what AWS itself says of a failure, recognised by a table of causes."""
