"""The calls that the grader can make: the table, what follows from it, and the IAM actions. Data, without AWS."""
