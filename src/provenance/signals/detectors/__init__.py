"""Detectors of AI-origin markers outside C2PA. Everything they find is unsigned.

`load` gives the detectors, `detect` runs them over the metadata of one asset, `signals` turns what
they found into signals for the verdict.
"""

from provenance.signals.detectors.convert import camera_exif, signals
from provenance.signals.detectors.registry import builtin, detect, load

__all__ = ["builtin", "camera_exif", "detect", "load", "signals"]
