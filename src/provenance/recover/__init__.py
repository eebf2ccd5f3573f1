"""Soft bindings: what credentials declare of them, and the way back to a lost credential.

A soft binding ties a manifest to the content rather than to its bytes, by a watermark or a
fingerprint (C2PA 2.4 sections 9.3 and 18.10). Nothing here decodes a signal: see
`provenance.marks`.
"""
