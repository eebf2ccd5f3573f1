"""The signing chain: who signed, under which authority, when, and whether it was revoked.

The entry is `provenance.chain.engine.judge`; its answer is a `provenance.chain.model.ChainVerdict`.
Nothing is imported here, so that reading a trust list does not load `cryptography`.
"""
