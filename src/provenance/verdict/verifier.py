"""The flow for one file: open, scan, gather, judge, assess, report.

The steps of `Verifier._examine` carry the numbers of this list:

1. The asset is opened once; its digest starts beside everything else.
2. The container scan finds the format, the credential and the metadata; detectors read it.
3. The credential is read, and the SDK checks integrity.
4. Every reachable manifest's signing chain is judged.
5. Integrity, chains and statements become signals.
6. `assess` decides; the policy says what is flagged.
"""

from __future__ import annotations

import os
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from provenance.base import installed
from provenance.base.errors import AssetError, ProvenanceError
from provenance.base.options import Options
from provenance.base.terms import Breach, CredentialStatus
from provenance.base.values import dataclass
from provenance.base.version import VERSION
from provenance.credentials.gather import Gathered, gather
from provenance.media import metadata
from provenance.media.asset import Asset
from provenance.media.container import scan
from provenance.media.digest import Digester
from provenance.verdict.assess import Evidence, assess
from provenance.verdict.policy import Policy
from provenance.verdict.report import (
    MAX_ENTRIES,
    AssetInfo,
    Credentials,
    Environment,
    ErrorInfo,
    ListInfo,
    NetworkCall,
    Report,
    bounded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance.base.finding import Finding
    from provenance.credentials.gather import StoreBytes
    from provenance.marks.model import WatermarkResult
    from provenance.media.container import Scan
    from provenance.media.metadata.model import PixelReader
    from provenance.signals.detector import Detector
    from provenance.signals.model import Signal
    from provenance.signing.model import ChainVerdict
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.judging import Grounds, Judged


_ENTRY_POINTS = "provenance.detectors"  # of `signals.detector`, which is not loaded for it


@dataclass(frozen=True, slots=True)
class Examined:
    """A report with what it was made from: for rules that look closer than a report does.

    `chains` holds the chain of each reachable manifest by its label; it is empty where no
    credential could be read.
    """

    report: Report
    scan: Scan
    gathered: Gathered
    chains: Mapping[str, ChainVerdict] = field(default_factory=dict)


@dataclass(slots=True)
class Verifier:
    """Verifies many files under one policy, one set of trust lists and one validation time.

    `pixels` reads what is hidden in picture or sound themselves (`provenance.marks.reader`);
    without one neither is decoded.
    Not to be shared between threads or carried over a fork: verified chains are kept by thread.
    `at` is the validation time (aware); every decision about time uses it, none the clock.
    """

    policy: Policy = field(default_factory=Policy)
    trust: TrustStore | None = None
    at: datetime | None = None
    options: Options = field(default_factory=Options)
    pixels: PixelReader | None = None
    _grounds: Grounds | None = field(default=None, init=False)
    _products: ListInfo | None = field(default=None, init=False)
    _environment: Environment | None = field(default=None, init=False)
    _detectors: tuple[Detector, ...] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Fix the validation time once, so that one run answers alike for all files."""
        if self.at is None:
            self.at = datetime.now(UTC)
        elif self.at.tzinfo is None:
            raise ValueError("the validation time needs a time zone")
        else:
            self.at = self.at.astimezone(UTC)

    def verify(
        self,
        path: str | os.PathLike[str],
        *,
        sidecar: str | os.PathLike[str] | StoreBytes | None = None,
        fragments: Sequence[str | os.PathLike[str]] = (),
    ) -> Report:
        """Verify one file. What is wrong with it is in the report; nothing is raised for it.

        `sidecar` is the name of a manifest store, or one from elsewhere (`StoreBytes`).
        """
        name = os.fspath(path)
        try:
            with Asset.open(name, max_size=self.options.max_size) as asset:
                return self.examine(asset, sidecar=sidecar, fragments=fragments).report
        except AssetError as e:
            return self._failed(name, e)

    def verify_bytes(self, data: bytes, name: str = "-") -> Report:
        """Verify bytes that are in memory, for material that must not touch a disk."""
        limit = self.options.max_size
        if limit is not None and len(data) > limit:
            message = f"{len(data)} bytes, over the limit of {limit}: raise --max-size"
            return self._failed(name, AssetError("asset.too_large", message))
        try:
            with Asset.from_bytes(data, name) as asset:
                return self.examine(asset).report
        except AssetError as e:
            return self._failed(name, e)

    def refuse(self, path: str | os.PathLike[str], error: AssetError) -> Report:
        """Return the record of what a caller could not get at, such as a folder without access."""
        return self._failed(os.fspath(path), error)

    def examine(
        self,
        asset: Asset,
        *,
        sidecar: str | os.PathLike[str] | StoreBytes | None = None,
        fragments: Sequence[str | os.PathLike[str]] = (),
    ) -> Examined:
        """Examine an asset that is open. Raises AssetError where it cannot be.

        A crash becomes such an error: one bad file must not cost the others. This is the one place
        that does so; a broken installation still raises.
        """
        try:
            return self._examine(asset, sidecar, fragments)
        except ProvenanceError:
            raise
        except MemoryError as e:
            raise AssetError("internal.memory", "it takes more memory than there is") from e
        except Exception as e:
            message = f"a fault of this program ({type(e).__name__}): please report"
            raise AssetError("internal.fault", message) from e

    def _examine(
        self,
        asset: Asset,
        sidecar: str | os.PathLike[str] | StoreBytes | None,
        fragments: Sequence[str | os.PathLike[str]],
    ) -> Examined:
        # 1. One open file; the digest beside everything else.
        names = ("sha256", *self.options.hashes) if self.options.digest else ()
        names = tuple(dict.fromkeys(names))
        digester = Digester(asset, () if self.options.digest_evidence_only else names)
        digester.start()
        try:
            # 2. Format, blocks, markers.
            found = scan(asset)
            markers, camera, marks, noticed = self._markers(asset, found)
            # 3. The credential.
            gathered = gather(asset, found, sidecar=sidecar, fragments=fragments)
            if self.options.digest_evidence_only and (
                markers or gathered.status is not CredentialStatus.ABSENT
            ):
                digester = Digester(asset, names)
                digester.start()
            findings = [*found.findings, *noticed, *gathered.findings]
            report = Report(
                AssetInfo(asset.path, asset.size, found.media_type),
                self.environment,
                credentials=Credentials(
                    gathered.status, gathered.location, gathered.sidecar, gathered.remote_url
                ),
            )
            evidence = Evidence(gathered.status)
            chains: Mapping[str, ChainVerdict] = {}
            if gathered.store is not None:  # then a reference to it is no remnant
                findings = [f for f in findings if f.code != "credential.remnant"]
            # 4. and 5. Chains and signals, for a credential that could be read.
            if gathered.store is not None:
                report, judged = self._judge(asset, report, gathered, found, findings)
                evidence, chains = judged.evidence, judged.chains
                if marks:
                    from provenance.marks import checking  # noqa: PLC0415 - with decoders

                    report, noticed = checking.check(gathered.store, report, marks)
                    findings += noticed
            # 6. The verdict.
            evidence = replace(evidence, signals=(*evidence.signals, *markers), camera_exif=camera)
            verdict = assess(evidence)
            if self.trust is not None and gathered.store is not None and self.at is not None:
                findings += self.trust.findings(self.at)
        finally:
            digests = digester.hexdigests()
        if asset.changed():
            raise AssetError("asset.changed", "the file changed while it was read: try again")
        report = replace(
            report,
            asset=replace(
                report.asset,
                sha256=digests.pop("sha256", None),
                hashes=tuple(sorted(digests.items())),
            ),
            verdict=verdict,
            axes=evidence.axes,
            signals=evidence.signals[:MAX_ENTRIES],
            decoded_watermarks=marks,
        )
        flagged = self.policy.flagged(report)
        if any(isinstance(value, Breach) for value in flagged):
            from provenance.verdict.policy_words import findings as of_policy  # noqa: PLC0415 - rare

            findings += of_policy(self.policy, report, flagged)
        report = replace(report, flagged=flagged, findings=bounded(findings))
        return Examined(report, found, gathered, chains)

    def _markers(
        self, asset: Asset, found: Scan
    ) -> tuple[tuple[Signal, ...], bool, tuple[WatermarkResult, ...], tuple[Finding, ...]]:
        """Read the metadata, and the pixels where asked, and let the detectors look at it."""
        third_party = self.options.plugins and installed.others_declare(
            _ENTRY_POINTS, "provenance-verifier"
        )
        fields = metadata.read(asset, found, everything=third_party)
        decoded: tuple[Signal, ...] = ()
        marks: tuple[WatermarkResult, ...] = ()
        if self.pixels is not None:
            hidden = self.pixels.read(asset, found.media_type)
            decoded, marks = hidden.signals, hidden.watermarks
            fields = replace(
                fields,
                fields=(*fields.fields, *hidden.fields),
                findings=(*fields.findings, *hidden.findings),
            )
        if not fields.fields and not third_party:
            return decoded, False, marks, fields.findings
        from provenance.signals import detectors  # noqa: PLC0415 - 5 ms, and nothing to look at

        if self._detectors is None:
            self._detectors = detectors.load(plugins=third_party)
        marked, findings = detectors.detect(fields, self._detectors)
        made = (*detectors.signals(marked), *decoded)
        return made, detectors.camera_exif(fields), marks, (*fields.findings, *findings)

    def _judge(
        self,
        asset: Asset,
        report: Report,
        gathered: Gathered,
        found: Scan,
        findings: list[Finding],
    ) -> tuple[Report, Judged]:
        from provenance.verdict import judging  # noqa: PLC0415 - loads cryptography

        if self._grounds is None:
            self._grounds = self._find_grounds()
        judged = judging.judge(
            asset,
            gathered,
            self._grounds,
            found=found,
            show_personal_data=self.options.show_personal_data,
        )
        findings += judged.findings
        credentials = replace(report.credentials, manifests=judged.manifests)
        return (
            replace(
                report,
                environment=self.environment,
                credentials=credentials,
                sdk_state=judged.sdk_state,
                network_calls=tuple(
                    NetworkCall(c.url, c.status, c.bytes, c.error) for c in judged.calls
                ),
            ),
            judged,
        )

    def _find_grounds(self) -> Grounds:
        """Gather what judgements rest on, when the first credential is met."""
        from provenance.signing import user_folder as userdata  # noqa: PLC0415 - as above
        from provenance.verdict import judging  # noqa: PLC0415 - loads cryptography

        assert self.at is not None  # noqa: S101 - set in __post_init__
        products = None
        if userdata.holds_products():
            from provenance.signing.conforming import ConformingProducts  # noqa: PLC0415 - few users load the list

            products = ConformingProducts.load()
            self._products = ListInfo(
                "conforming-products",
                "c2pa",
                "products",
                products.date,
                len(products.records),
                products.sha256,
            )
        self._environment = None
        if self.trust is None:
            self.trust = judging.bundled_trust()
        return judging.Grounds(
            trust=self.trust,
            at=self.at,
            cache=judging.chain_cache(),
            crls=judging.revocation_lists(self.options.crls),
            ocsp=judging.ocsp_client() if self.options.ocsp else None,
            products=products,
        )

    def prepare(self) -> Environment:
        """Load what judgements rest on now, rather than when the first credential is met.

        Raises for trust material that cannot be read.
        """
        if self._grounds is None:
            self._grounds = self._find_grounds()
        return self.environment

    @property
    def environment(self) -> Environment:
        """What every report of this verifier depends on beside the file."""
        if self._environment is None:
            if self.trust is None:
                from provenance.signing.trust_store import TrustStore  # noqa: PLC0415 - read when first needed

                self.trust = TrustStore.load()
            lists = tuple(
                ListInfo(i.name, i.tier.value, i.purpose.value, i.date, i.count, i.sha256)
                for i in self.trust.lists
            )
            assert self.at is not None  # noqa: S101 - set in __post_init__
            if self._products is not None:
                lists = (*lists, self._products)
            network = "ocsp" if self.options.ocsp else "off"
            tool = f"provenance {VERSION}"
            self._environment = Environment(
                tool, installed.sdk(), lists, self.at, network, self.policy.info
            )
        return self._environment

    def _failed(self, path: str, e: ProvenanceError) -> Report:
        return Report(
            AssetInfo(path),
            self.environment,
            credentials=Credentials(CredentialStatus.ABSENT),
            error=ErrorInfo(e.code, str(e)),
        )


def verify(
    path: str | os.PathLike[str],
    *,
    policy: Policy | None = None,
    trust: TrustStore | None = None,
    at: datetime | None = None,
    digest: bool = True,
    sidecar: str | os.PathLike[str] | None = None,
    fragments: Sequence[str | os.PathLike[str]] = (),
) -> Report:
    """Verify one file and return its report.

    `policy` says what is flagged, `trust` which lists hold (default: the bundled ones), `at` is the
    validation time (aware, default now), `digest` whether SHA-256 is taken, `sidecar` names a
    manifest store beside the file, `fragments` the media segments of fragmented MP4. Whatever is
    wrong with the file is in the report; raises only for a broken installation or a naive `at`.
    For many files use `Verifier`, which keeps verified chains.
    """
    verifier = Verifier(policy or Policy(), trust, at, Options(digest=digest))
    return verifier.verify(path, sidecar=sidecar, fragments=fragments)
