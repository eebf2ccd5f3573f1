"""Copies of a file with one fault each, and which faults a validator notices."""
