"""Metadata blocks read into fields: key, value and place, whatever the container."""

from provenance.media.metadata.parsers import read_metadata

__all__ = ["read_metadata"]
