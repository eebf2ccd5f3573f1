"""Detectors of AI-origin markers outside C2PA. Everything they find is unsigned.

`detector_registry.load_detectors` gives the detectors, `detector_registry.detect` runs them over
the metadata of one asset, `convert.marker_signals` turns what they found into signals for the
verdict.
"""
