"""Metadata blocks read into fields: key, value and place, whatever the container."""
