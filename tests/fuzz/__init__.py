"""Mutated input through the public entry points, for as long as one likes: see `__main__`."""
