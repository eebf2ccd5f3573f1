"""Rules for what a generator signs: the conformance programme, laws and codes, traps."""
