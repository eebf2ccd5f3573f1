"""Everything that speaks of origin, made into signals of one form."""
