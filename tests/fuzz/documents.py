"""crJSON of damaged credentials: written, read again, and never better than our own record."""

from __future__ import annotations

import contextlib
import functools

from fuzz import seeds
from provenance import CrossCheck, Options, TrustStore, Verifier
from provenance.base.errors import AssetError
from provenance.base.terms import Integrity
from provenance.linting.crjson import crjson_parsing, crjson_writing
from provenance.media.asset import Asset

_PASSING = frozenset({Integrity.INTACT, Integrity.PARTIAL})
_SIGNER = ("signingCredential.", "claimSignature.outsideValidity")


@functools.cache
def verifier() -> Verifier:
    """One for the whole run, of our own validation alone."""
    anchors = [seeds.FIXTURES / "pki" / "anchors.pem"]
    trust = TrustStore.load(bundled=False, anchors=anchors, tsa_anchors=anchors)
    options = Options(digest=False, cross_check=CrossCheck.NEVER)
    return Verifier(trust=trust, at=seeds.AT, options=options)


def judge(data: bytes, number: int) -> None:
    """Write the document of one file and hold it against the record. Raises AssertionError."""
    with contextlib.suppress(AssetError), Asset.from_bytes(data, "fuzzed") as asset:
        found = verifier().examine(asset)
        form = (crjson_writing.Form.V2_4, crjson_writing.Form.V2_5)[number % 2]
        document = crjson_writing.crjson_document(found, form)
        text = crjson_writing.crjson_text(document)
        assert text.isascii(), "text beyond ASCII"
        seen = crjson_parsing.subject(crjson_parsing.parse_crjson(text.encode()), "fuzzed")
        labels = [one["label"] for one in document["manifests"]]
        assert [view.label for view in seen.manifests] == labels, "read other manifests"
        if not labels or found.report.axes.integrity in _PASSING:
            return
        failures = document["manifests"][0]["validationResults"]["failure"]
        others = [f for f in failures if not f["code"].startswith(_SIGNER)]
        assert others, f"{found.report.axes.integrity} without a failure: {failures}"
