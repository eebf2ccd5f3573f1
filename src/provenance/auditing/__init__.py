"""Audits: many files, unattended, with one record a file in a ledger that survives.

`plan` finds the files, an `engine` examines them, `run` ties both to the `ledger`. The function
that users call is `provenance.audit`, in `audit_api`.
"""
