"""Watermarks and other things hidden in the picture or the sound itself, where a user asks for it.

Nothing here is loaded unless `--pixels` or `--signal` is given, or a command asks by name.
`reader.MarkReader` is the way in for `Verifier`; `decoder` has the protocol for decoders of others,
which register under the entry point group `provenance.watermarks`. Media is decoded in a worker
process with limits (`decoding_process`, `decoding_worker`), never in the caller's own. See
`docs/watermarks.md`.
"""
