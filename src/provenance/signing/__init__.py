"""The signing chain: who signed, under which authority, when, and whether it was revoked.

The entry is `signing.claim_signature.chain_verdict`; its answer is a
`signing.chain_answer.ChainVerdict`. Nothing is imported here, so that reading a trust list does not
load `cryptography`.
"""
