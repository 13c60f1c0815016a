"""Prowler beside the grader, over the demo's faults and refusals: where both answer one question, who is right and why.

``make agreement`` runs both, in an environment of Prowler's own, and writes docs/agreement.md.
"""
