"""Metadata blocks read into fields: key, value and place, whatever the container."""

from provenance.media.metadata.read import read

__all__ = ["read"]
