"""Formats that are recognised only: the specification places no credentials in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.container.model import Scan

if TYPE_CHECKING:
    from provenance.asset import Asset

_EBML_HEADER = 64  # bytes that hold the DocType (RFC 8794, 11.2.4)


def scan(asset: Asset) -> Scan:
    """Name the format of a Matroska, WebM, FLV, AAC or gzip file."""
    head = asset.read(0, _EBML_HEADER)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        webm = b"\x42\x82\x84webm" in head
        return Scan("video/webm" if webm else "video/x-matroska", "ebml")
    if head[:3] == b"FLV":
        return Scan("video/x-flv", "flv")
    if head[:2] == b"\x1f\x8b":
        return Scan("application/gzip", "gzip")
    return Scan("audio/aac", "aac")
