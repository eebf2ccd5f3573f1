"""Assemble the bundled trust lists from what three published packages ship as data.

Usage, in an environment of its own that has cryptography and exactly these packages:

    pip install bonafide==0.0.2 trufo-provenance==0.3.2 encypher-c2pa==1.7.1 cryptography
    python tests/trust_data/assemble.py [--check FOLDER]

It writes src/provenance/signing/data/. `--check` takes a folder with the official copies
(C2PA-TRUST-LIST.pem, C2PA-TSA-TRUST-LIST.pem, interim/anchors.pem, interim/allowed.sha256.txt),
compares SHA-256 fingerprints, and fails where one is missing or one too many. None of the three
packages is a dependency of the project, and nothing here runs at run time.

Sources
- The two official lists: the native library of encypher-c2pa embeds both as PEM, each
  certificate under a line `Subject<TAB>...`, each list an unbroken run. Which run is which list
  is decided by the older copies of the other packages: the signer run holds every certificate of
  bonafide's `c2pa-trust-list.pem`, the time-stamp run every one of trufo-provenance's
  `C2PA-TSA-TRUST-LIST.pem`.
- The interim list: bonafide's `anchors.pem` and `allowed.sha256.txt`.

How the interim list is split
The list mixes both purposes in one file. A certificate stands on the time-stamp list if its own
extended key usage is timeStamping and nothing else or, for a CA without that extension, if its
own subject names time-stamping. Everything else is a signer anchor. So the roots that could
issue both (Truepic, Samsung, Microsoft) are signer anchors only: the list enters them under
their vendors' names as roots of claim signers, and where its authors meant a time-stamp authority
they entered its issuing CA by itself (DigiCert, GlobalSign, SSL.com, and Microsoft's PCA beside
the root it shares with the claim-signing PCA). A device whose own CA stamps its own time is
therefore no time-stamp authority, which is the cautious reading. The list holds one certificate
twice; it is bundled once.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.util
import json
import re
import sys
import textwrap
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

DATA = Path(__file__).resolve().parents[2] / "src" / "provenance" / "signing" / "data"
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
ENTRY = (
    rb"Subject\t[^\n]{1,400}\r?\n-----BEGIN CERTIFICATE-----\r?\n"
    rb"(?:[A-Za-z0-9+/=]{1,76}\r?\n)+-----END CERTIFICATE-----\s*"
)
C2PA_LICENCE = "CC-BY-4.0"
INTERIM_LICENCE = "Apache-2.0"


def package_file(package: str, relative: str) -> Path:
    """The path of a file inside an installed package, without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"package {package} is not installed: see the usage in this file")
    return Path(next(iter(spec.submodule_search_locations))) / relative


def certificates(text: bytes) -> dict[str, bytes]:
    """SHA-256 fingerprint to DER, in the order of the text, duplicates once."""
    ders = (base64.b64decode(m[1]) for m in PEM.finditer(text))
    return {hashlib.sha256(der).hexdigest(): der for der in ders}


def official() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The signer list and the time-stamp list, from the runs embedded in encypher-c2pa."""
    library = next(package_file("encypher_c2pa", ".").glob("_native*"))
    runs = [certificates(m[0]) for m in re.finditer(b"(?:" + ENTRY + b")+", library.read_bytes())]
    old = certificates(
        package_file("bonafide", "signals/data/trust/c2pa-trust-list.pem").read_bytes()
    )
    old_tsa = certificates(
        package_file("tfprov", "c2pa_py/certs/C2PA-TSA-TRUST-LIST.pem").read_bytes()
    )
    (signers,) = [run for run in runs if old.keys() <= run.keys()]
    (tsa,) = [run for run in runs if old_tsa.keys() <= run.keys()]
    return signers, tsa


def stamps_time(der: bytes) -> bool:
    """Whether an interim anchor is one for time-stamp authorities: the rule is stated above."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return "timestamp" in certificate.subject.rfc4514_string().lower().replace("-", "")
    return list(usage) == [ExtendedKeyUsageOID.TIME_STAMPING]


def pem(anchors: dict[str, bytes]) -> bytes:
    """One block a certificate under its fingerprint and subject."""
    blocks = []
    for fingerprint, der in anchors.items():
        subject = x509.load_der_x509_certificate(der).subject.rfc4514_string()
        lines = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
        blocks.append(
            f"# {subject}\n# sha256 {fingerprint}\n"
            f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
        )
    return "\n".join(blocks).encode()


def write(name: str, content: bytes, count: int, **facts: str) -> None:
    """Write a list and its sidecar."""
    (DATA / name).write_bytes(content)
    sidecar = {
        "name": name.partition(".")[0],
        **facts,
        "count": count,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    text = json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n"
    (DATA / f"{name.partition('.')[0]}.json").write_text(text, encoding="utf-8")


def compare(what: str, ours: set[str], reference: set[str]) -> bool:
    """Print how two sets of fingerprints compare; true where they are equal."""
    print(f"{what}: {len(ours & reference)} of {len(reference)}, {len(ours - reference)} too many")
    return ours == reference


def main() -> int:
    """Assemble, write, and compare where asked to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", type=Path)
    options = parser.parse_args()
    signers, tsa = official()
    interim = certificates(package_file("bonafide", "signals/data/trust/anchors.pem").read_bytes())
    allowed = package_file("bonafide", "signals/data/trust/allowed.sha256.txt").read_text("utf-8")
    digests = sorted({s for s in map(str.strip, allowed.splitlines()) if len(s) == 44})
    interim_tsa = {k: v for k, v in interim.items() if stamps_time(v)}
    interim_signers = {k: v for k, v in interim.items() if k not in interim_tsa}

    official_facts = {
        "tier": "c2pa",
        "licence": C2PA_LICENCE,
        "date": "2026-08-05",
        "next_update": "2027-08-05T00:11:39Z",
    }
    interim_facts = {
        "tier": "interim",
        "source": "Content Authenticity Initiative, interim trust list (frozen), as shipped in "
        "bonafide 0.0.2",
        "licence": INTERIM_LICENCE,
        "date": "2026-07-10",
    }
    write(
        "c2pa-signers.pem",
        pem(signers),
        len(signers),
        purpose="signer",
        source="C2PA Trust List, as embedded in encypher-c2pa 1.7.1",
        **official_facts,
    )
    write(
        "c2pa-tsa.pem",
        pem(tsa),
        len(tsa),
        purpose="tsa",
        source="C2PA TSA Trust List, as embedded in encypher-c2pa 1.7.1",
        **{**official_facts, "next_update": "2027-08-05T00:11:47Z"},
    )
    write(
        "interim-signers.pem",
        pem(interim_signers),
        len(interim_signers),
        purpose="signer",
        **interim_facts,
    )
    write("interim-tsa.pem", pem(interim_tsa), len(interim_tsa), purpose="tsa", **interim_facts)
    lines = "".join(base64.b64decode(d).hex() + "\n" for d in digests).encode()
    write("interim-allowed.sha256", lines, len(digests), purpose="signer", **interim_facts)

    if options.check is None:
        return 0

    def reference(name: str) -> set[str]:
        return set(certificates((options.check / name).read_bytes()))

    text = (options.check / "interim" / "allowed.sha256.txt").read_text("utf-8")
    want = {s for s in map(str.strip, text.splitlines()) if len(s) == 44}
    equal = [
        compare("C2PA signers", set(signers), reference("C2PA-TRUST-LIST.pem")),
        compare("C2PA time-stamp authorities", set(tsa), reference("C2PA-TSA-TRUST-LIST.pem")),
        compare(
            "interim", set(interim_signers) | set(interim_tsa), reference("interim/anchors.pem")
        ),
        compare("interim allow-list", set(digests), want),
    ]
    return 0 if all(equal) else 1


if __name__ == "__main__":
    sys.exit(main())
