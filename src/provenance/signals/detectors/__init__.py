"""Detectors of AI-origin markers outside C2PA. Everything they find is unsigned.

`registry.load` gives the detectors, `registry.detect` runs them over the metadata of one asset,
`convert.signals` turns what they found into signals for the verdict.
"""
