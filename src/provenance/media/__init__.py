"""The asset and what its container says: extents, metadata blocks, fields."""
