"""The ledger's tables, version 1. `docs/ledger.md` documents every column.

Within version 1 no column goes away or changes its meaning; columns may be added.
"""

from __future__ import annotations

APPLICATION_ID = 0x70726F76  # "prov": what `file` and other tools see in the header
VERSION = 1

META = """
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT
"""

RUN = """
CREATE TABLE run (
    id              INTEGER PRIMARY KEY,
    state           TEXT NOT NULL CHECK (state IN ('running', 'interrupted', 'finished')),
    started         TEXT NOT NULL,
    finished        TEXT,
    resumed         INTEGER NOT NULL DEFAULT 0,
    validation_time TEXT NOT NULL,
    tool            TEXT NOT NULL,
    sdk             TEXT NOT NULL,
    schema_version  TEXT NOT NULL,
    network         TEXT NOT NULL,
    environment     TEXT NOT NULL,
    trust_lists     TEXT NOT NULL,
    trust_digest    TEXT NOT NULL,
    policy          TEXT NOT NULL,
    policy_digest   TEXT NOT NULL,
    options         TEXT NOT NULL,
    sources         TEXT NOT NULL,
    fingerprint     TEXT NOT NULL,
    isolation       TEXT NOT NULL,
    counts          TEXT NOT NULL
) STRICT
"""

FILE = """
CREATE TABLE file (
    id                INTEGER PRIMARY KEY,
    path_bytes        BLOB NOT NULL UNIQUE,
    path              TEXT NOT NULL,
    run_id            INTEGER NOT NULL REFERENCES run (id),
    seen_run          INTEGER NOT NULL REFERENCES run (id),
    size              INTEGER,
    mtime_ns          INTEGER,
    inode             INTEGER,
    deaths            INTEGER NOT NULL DEFAULT 0,
    sha256            TEXT,
    media_type        TEXT,
    origin            TEXT,
    assurance         TEXT,
    vendor            TEXT,
    product           TEXT,
    model             TEXT,
    basis             TEXT,
    signer            TEXT,
    signer_sha256     TEXT,
    issuer            TEXT,
    anchor            TEXT,
    signed_at         TEXT,
    credential_status TEXT,
    integrity         TEXT,
    identity          TEXT,
    time              TEXT,
    revocation        TEXT,
    cawg              TEXT,
    conformance       TEXT,
    flags             TEXT,
    flagged           TEXT,
    holds_until       TEXT,
    error_code        TEXT,
    error_message     TEXT,
    record            TEXT NOT NULL
) STRICT
"""

INDEXES = (
    "CREATE INDEX file_origin ON file (origin, assurance) WHERE origin <> 'unknown'",
    "CREATE INDEX file_vendor ON file (vendor) WHERE vendor IS NOT NULL",
    "CREATE INDEX file_signer ON file (signer) WHERE signer IS NOT NULL",
    "CREATE INDEX file_identity ON file (identity) WHERE identity <> 'none'",
    "CREATE INDEX file_flagged ON file (flagged) WHERE flagged <> ''",
    "CREATE INDEX file_error ON file (error_code) WHERE error_code IS NOT NULL",
    "CREATE INDEX file_sha256 ON file (sha256) WHERE sha256 IS NOT NULL",
)

STATEMENTS = (META, RUN, FILE, *INDEXES)
"""What makes an empty ledger. A ledger with anything else in its schema is refused."""

# What a worker finds out of one file, in the order in which rows are written.
JUDGED = (
    "sha256",
    "media_type",
    "origin",
    "assurance",
    "vendor",
    "product",
    "model",
    "basis",
    "signer",
    "signer_sha256",
    "issuer",
    "anchor",
    "signed_at",
    "credential_status",
    "integrity",
    "identity",
    "time",
    "revocation",
    "cawg",
    "conformance",
    "flags",
    "flagged",
    "holds_until",
    "error_code",
    "error_message",
    "record",
)

# What the plan knows of it, before.
PLANNED = ("path_bytes", "path", "run_id", "seen_run", "size", "mtime_ns", "inode")
