"""The flow for one file: open, scan, gather, judge, assess, report.

The steps of `Verifier._examine` carry the numbers of this list:

1. The asset is opened once; its digest is taken meanwhile.
2. The container scan finds the format, the credential and the metadata; detectors read it.
3. The credential is read, and its hashes are compared with the media.
4. Every reachable manifest's signing chain is judged.
5. Integrity, chains and statements become signals and gaps.
6. The SDK gives a second opinion, where `Options.cross_check` asks for one.
7. `assess` decides, the policy says what is flagged, and the report is made.
"""

from __future__ import annotations

import os
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from provenance.base import arguments, installed
from provenance.base.errors import AssetError, ProvenanceError, crashes_told
from provenance.base.options import CrossCheck, Options
from provenance.base.terms import Breach, CredentialStatus, Location
from provenance.base.values import dataclass
from provenance.base.version import VERSION
from provenance.credentials.locate import FoundCredential, find_credential, segments_of
from provenance.media import digest, metadata
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, scan_container
from provenance.media.hash_thread import Helper
from provenance.signals import unread_words
from provenance.signals.detectors import convert, detector_registry
from provenance.signing import conforming, trust_store, user_folder
from provenance.verdict import (
    credential_evidence,
    damaged,
    file_findings,
    policy_words,
    presentations,
)
from provenance.verdict.assess import assess
from provenance.verdict.evidence import Evidence, Markers
from provenance.verdict.policy import Policy
from provenance.verdict.report import (
    AssetInfo,
    Credentials,
    Environment,
    ErrorInfo,
    ListInfo,
    NetworkCall,
    Report,
)
from provenance.verdict.report_digests import ReportDigests
from provenance.verdict.size_bounds import fitted, without_free_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from provenance.base.finding import Finding
    from provenance.credentials.integrity import StoreIntegrity
    from provenance.credentials.locate import StoreBytes
    from provenance.marks.decoder import PixelReader, WatermarkResult
    from provenance.media.container import Scan
    from provenance.signals.detector import Detector
    from provenance.signals.signal import Signal
    from provenance.signing.chain_answer import ChainVerdict
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.assess import Verdict
    from provenance.verdict.credential_evidence import CredentialEvidence, JudgementGrounds
    from provenance.verdict.evidence import Axes
    from provenance.verdict.file_findings import FileContext

    Opener = Callable[[str, int | None], Asset]
    """Opens what a name leads to, of at most so many bytes. Raises AssetError."""


# How manifests of presentations begin, in UTF-8, UTF-16 or UTF-32: few other files do.
_MANIFESTS = tuple(
    (mark + start).encode(coding)
    for coding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    for mark, start in (
        ("", "<"),
        ("", "#"),
        ("", "\n"),
        ("", "\r"),
        ("", " "),
        ("", "\t"),
        ("\ufeff", ""),
    )
)
_ENTRY_POINTS = "provenance.detectors"  # of `signals.detector`, which is not loaded for it


@dataclass(frozen=True, slots=True)
class Examined:
    """A report with what it was made from: for rules that look closer than a report does.

    `chains` holds the chain of each reachable manifest by its label; it is empty where no
    credential could be read. `checks` is what was found of structure, hashes and signatures, None
    where no single store could be read.
    """

    report: Report
    scan: Scan
    credential: FoundCredential
    chains: Mapping[str, ChainVerdict] = field(default_factory=dict)
    checks: StoreIntegrity | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """What the policy looks at, before there is a report (`verdict.policy.Case`)."""

    asset: AssetInfo
    verdict: Verdict
    axes: Axes
    credentials: Credentials


@dataclass(slots=True)
class Verifier:
    """Verifies many files under one policy, one set of trust lists and one validation time.

    `pixels` reads what is hidden in picture or sound themselves (`provenance.marks.reader`);
    without one neither is decoded.
    Not to be shared between threads or carried over a fork: verified chains are kept by thread.
    `at` is the validation time (aware); every decision about time uses it, none the clock.
    `helper` is a second thread that hashes meanwhile, None where each core has a verifier.
    `opener` opens what a name leads to, where that is not a file of this machine; it takes the name
    and the most bytes it may have. `fetches` says that it asks the network for what the user named.
    """

    policy: Policy = field(default_factory=Policy)
    trust: TrustStore | None = None
    at: datetime | None = None
    options: Options = field(default_factory=Options)
    pixels: PixelReader | None = None
    helper: Helper | None = field(default_factory=Helper)
    opener: Opener | None = None
    fetches: bool = False
    _grounds: JudgementGrounds | None = field(default=None, init=False)
    _products: ListInfo | None = field(default=None, init=False)
    _environment: Environment | None = field(default=None, init=False)
    _detectors: tuple[Detector, ...] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Fix the validation time once, so that one run answers alike for all files."""
        arguments.require_kind(self.policy, Policy, "policy", "policy=Policy.load('policy.toml')")
        self.options = arguments.require_options(self.options, digest.NAMES)
        if self.trust is not None:
            arguments.require_kind(
                self.trust, trust_store.TrustStore, "trust", "trust=TrustStore.load(anchors=[...])"
            )
        self.at = (arguments.require_moment(self.at) or datetime.now(UTC)).astimezone(UTC)

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
        name = arguments.require_name(path, "Verifier.verify", "write Verifier.verify_bytes(data)")
        try:
            with self.open(name) as asset:
                return self.judge(asset, sidecar=sidecar, fragments=fragments)
        except AssetError as e:
            return self._failed(name, e)

    def open(self, path: str | os.PathLike[str]) -> Asset:
        """Open what is to be verified, by its name. Raises AssetError."""
        if self.opener is not None:
            return self.opener(os.fspath(path), self.options.max_size)
        return Asset.open(path, max_size=self.options.max_size)

    def judge(
        self,
        asset: Asset,
        *,
        sidecar: str | os.PathLike[str] | StoreBytes | None = None,
        fragments: Sequence[str | os.PathLike[str]] = (),
        context: FileContext = file_findings.NOTHING,
    ) -> Report:
        """Report on an asset that is open; of a presentation's manifest, on the presentation.

        Raises AssetError where it cannot be examined.
        """
        report = self.examine(asset, sidecar=sidecar, fragments=fragments, context=context).report
        return report if sidecar or fragments else self.of_presentation(report, asset)

    def of_presentation(self, report: Report, asset: Asset) -> Report:
        """Return the report on a presentation for that on its manifest; any other as it is.

        Raises AssetError where it cannot be examined.
        """
        if not asset.read(0, 4).startswith(_MANIFESTS):
            return report

        with crashes_told():
            return presentations.with_media(report, asset, self._film, self.policy.flagged)

    def _film(self, init: str, segments: Sequence[str]) -> Report:
        """Verify one representation of a presentation. Raises nothing for what it holds."""
        try:
            with Asset.open(init, max_size=self.options.max_size) as asset:
                return self.examine(asset, fragments=segments).report
        except AssetError as e:
            return self._failed(init, e)

    def glance(self, path: str | os.PathLike[str]) -> Report | None:
        """Report on what can be seen of a file without reading its credential.

        None where that is nothing. For a file that cannot be examined whole: whatever lies in its
        manifest stores is unread, and only searched for names of generative source types.
        """
        try:
            with self.open(os.fspath(path)) as asset:
                return self.glance_at(asset)
        except AssetError:
            return None

    def glance_at(self, asset: Asset) -> Report | None:
        """Do as `glance` with an asset that is open. Raises AssetError."""
        scan = scan_container(asset)
        marked = self._look_for_markers(asset, scan)
        blocks = scan.blocks_of(BlockKind.MANIFEST_STORE)
        signals = (*unread_words.words_of(asset, blocks), *marked.signals)
        if not signals and not blocks:
            return None
        status = CredentialStatus.UNREADABLE if blocks else CredentialStatus.ABSENT
        evidence = Evidence(
            status,
            signals=signals,
            camera_exif=marked.camera_exif,
            unread=("whatever was not examined",),
        )
        verdict = assess(evidence)
        info = AssetInfo(asset.path, asset.size, scan.media_type)
        credentials = Credentials(status, Location.EMBEDDED if blocks else Location.NONE)
        flagged = self.policy.flagged(_Case(info, verdict, evidence.axes, credentials))
        report = Report(
            info,
            self.environment,
            verdict,
            flagged,
            evidence.axes,
            credentials,
            self._without_free_text(signals),
        )
        return fitted(report, [])

    def verify_bytes(self, data: bytes, name: str = "-") -> Report:
        """Verify bytes that are in memory, for material that must not touch a disk.

        `name` is in place of its path in the report. Raises TypeError for what is not bytes.
        """
        if not isinstance(data, arguments.Content):
            raise TypeError("verify_bytes takes content: write verify(name) for a file")
        data = bytes(data)
        try:
            with Asset.from_bytes(data, name, max_size=self.options.max_size) as asset:
                return self.judge(asset)
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
        cross_check: CrossCheck | None = None,
        context: FileContext = file_findings.NOTHING,
    ) -> Examined:
        """Examine an asset that is open. Raises AssetError where it cannot be, also for a crash.

        `cross_check` counts instead of `options.cross_check`, for a caller that needs the SDK's own
        words whatever the user asked for. `context` is what is known of a member of an archive, or
        of an archive that was opened.
        """
        with crashes_told():
            return self._examine(asset, sidecar, fragments, cross_check, context)

    def _examine(
        self,
        asset: Asset,
        sidecar: str | os.PathLike[str] | StoreBytes | None,
        fragments: Sequence[str | os.PathLike[str]],
        cross_check: CrossCheck | None,
        context: FileContext,
    ) -> Examined:
        # 1. One open file; the digest meanwhile.
        digests = ReportDigests(asset, self.options, self.helper, sha256=context.sha256)
        try:
            # 2. Format, blocks, markers.
            scan = scan_container(asset)
            marked = self._look_for_markers(asset, scan)
            # 3. The credential.
            credential = find_credential(
                asset, scan, sidecar=sidecar, fragments=fragments, helper=self.helper
            )
            present = credential.status is not CredentialStatus.ABSENT
            digests.know(evidence=present or bool(marked.signals))
            segments = segments_of(fragments) if fragments else None
            findings = [*scan.findings, *marked.findings, *credential.findings]
            findings += segments.findings if segments else ()
            findings += file_findings.findings(asset, scan, context)
            # 4. to 6. Chains, signals and the second opinion, for a credential that could be read.
            weighed = None
            if credential.store is not None or credential.several:
                weighed = self._weigh_credential(asset, credential, scan, marked, cross_check)
                findings += weighed.credential.findings[len(credential.findings) :]
                credential = weighed.credential
                # a reference to a credential that is there is no remnant of one
                findings = [f for f in findings if f.code != "credential.remnant"]
                findings += weighed.findings
                findings += self._trust().findings(self._time())
            # 7. The verdict.
            evidence = _evidence(asset, scan, marked, credential, weighed)
            unread = (*context.unread, *(segments.unread if segments else ()))
            if unread:
                evidence = replace(evidence, unread=(*evidence.unread, *unread))
            verdict = assess(evidence)
        finally:
            taken = digests.taken()
        if asset.changed():
            raise AssetError("asset.changed", "the file changed while it was read: try again")
        case = _Case(
            _asset_info(asset, scan, taken, context),
            verdict,
            evidence.axes,
            _credentials(credential, weighed),
        )
        report = self._report(case, evidence, marked, credential, weighed, findings)
        if weighed is None:
            return Examined(report, scan, credential)
        return Examined(report, scan, credential, weighed.chains, weighed.checks)

    def _report(
        self,
        case: _Case,
        evidence: Evidence,
        marked: Markers,
        credential: FoundCredential,
        weighed: CredentialEvidence | None,
        findings: list[Finding],
    ) -> Report:
        """Have the policy say what is flagged, and why it is not fulfilled; make the report."""
        flagged = self.policy.flagged(case)
        if any(isinstance(value, Breach) for value in flagged):
            findings += policy_words.findings(self.policy, case, flagged)
        report = Report(
            case.asset,
            self.environment,
            case.verdict,
            flagged,
            case.axes,
            case.credentials,
            self._without_free_text(evidence.signals),
            marked.watermarks,
            (),
            credential.answer.state if credential.answer else None,
            _calls(weighed),
        )
        return fitted(report, findings)

    def _without_free_text(self, signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
        return signals if self.options.show_personal_data else without_free_text(signals)

    def _look_for_markers(self, asset: Asset, scan: Scan) -> Markers:
        """Read the metadata, and the pixels where asked, and let the detectors look at it."""
        third_party = self.options.plugins and installed.others_declare(
            _ENTRY_POINTS, installed.DISTRIBUTION
        )
        fields = metadata.read_metadata(asset, scan, everything=third_party)
        decoded: tuple[Signal, ...] = ()
        marks: tuple[WatermarkResult, ...] = ()
        if self.pixels is not None:
            hidden = self.pixels.read(asset, scan.media_type)
            decoded, marks = hidden.signals, hidden.watermarks
            fields = replace(
                fields,
                fields=(*fields.fields, *hidden.fields),
                findings=(*fields.findings, *hidden.findings),
            )
        if not fields.fields and not third_party:
            return Markers(decoded, False, marks, fields.findings)

        if self._detectors is None:
            self._detectors = detector_registry.load_detectors(plugins=third_party)
        marked, findings = detector_registry.detect(fields, self._detectors)
        return Markers(
            (*convert.marker_signals(marked), *decoded),
            convert.camera_exif(fields),
            marks,
            (*fields.findings, *findings),
        )

    def _weigh_credential(
        self,
        asset: Asset,
        credential: FoundCredential,
        scan: Scan,
        marked: Markers,
        cross_check: CrossCheck | None,
    ) -> CredentialEvidence:
        if self._grounds is None:
            self._grounds = self._find_grounds()
        if credential.several:
            return credential_evidence.of_several(
                credential,
                markers=marked,
                show_personal_data=self.options.show_personal_data,
            )
        return credential_evidence.evidence_of(
            asset,
            credential,
            self._grounds,
            scan=scan,
            markers=marked,
            show_personal_data=self.options.show_personal_data,
            cross_check=CrossCheck(cross_check or self.options.cross_check),
            demanded=bool(self.policy.must_be_signed),
        )

    def _time(self) -> datetime:
        assert self.at is not None  # noqa: S101 - set in __post_init__
        return self.at

    def _trust(self) -> TrustStore:
        """Return the trust lists in force; the bundled ones are read when first needed."""
        if self.trust is None:
            self.trust = trust_store.bundled()
        return self.trust

    def _find_grounds(self) -> JudgementGrounds:
        """Gather what the checks rest on, when the first credential is met."""
        products = None
        if user_folder.holds_products():
            products = conforming.ConformingProducts.load()
            self._products = ListInfo(
                "conforming-products",
                "c2pa",
                "products",
                products.date,
                len(products.records),
                products.sha256,
            )
        self._environment = None
        return credential_evidence.JudgementGrounds(
            trust=self._trust(),
            at=self._time(),
            cache=credential_evidence.chain_cache(),
            crls=credential_evidence.revocation_lists(self.options.crls),
            ocsp=credential_evidence.ocsp_client() if self.options.ocsp else None,
            products=products,
        )

    def prepare(self) -> Environment:
        """Load what the checks rest on now, rather than when the first credential is met.

        Raises for trust material that cannot be read.
        """
        if self._grounds is None:
            self._grounds = self._find_grounds()
        return self.environment

    @property
    def environment(self) -> Environment:
        """What every report of this verifier depends on in addition to the file."""
        if self._environment is None:
            lists = tuple(
                ListInfo(i.name, i.tier.value, i.purpose.value, i.date, i.count, i.sha256)
                for i in self._trust().lists
            )
            if self._products is not None:
                lists = (*lists, self._products)
            asked = (("objects", self.fetches), ("ocsp", self.options.ocsp))
            network = ", ".join(what for what, on in asked if on) or "off"
            tool = f"provenance {VERSION}"
            self._environment = Environment(
                tool,
                installed.sdk(),
                lists,
                self._time(),
                network,
                self.policy.info,
                self.options.cross_check.value,
            )
        return self._environment

    def _failed(self, path: str, e: ProvenanceError) -> Report:
        return Report(
            AssetInfo(path),
            self.environment,
            credentials=Credentials(CredentialStatus.ABSENT),
            error=ErrorInfo(e.code, str(e)),
        )


def _asset_info(
    asset: Asset, scan: Scan, digests: Mapping[str, str], context: FileContext
) -> AssetInfo:
    others = sorted((name, digest) for name, digest in digests.items() if name != "sha256")
    return AssetInfo(
        asset.path,
        asset.size,
        scan.media_type,
        digests.get("sha256", context.sha256),
        tuple(others),
        context.outer,
    )


def _credentials(credential: FoundCredential, weighed: CredentialEvidence | None) -> Credentials:
    return Credentials(
        credential.status,
        credential.location,
        credential.sidecar,
        credential.remote_url,
        weighed.manifests if weighed else (),
    )


def _evidence(
    asset: Asset,
    scan: Scan,
    marked: Markers,
    credential: FoundCredential,
    weighed: CredentialEvidence | None,
) -> Evidence:
    """Return all evidence of a file: the credential's, or that of markers alone."""
    if weighed is not None:
        return damaged.with_words(asset, scan, credential, weighed.evidence)
    own = Evidence(credential.status, signals=marked.signals, camera_exif=marked.camera_exif)
    return damaged.with_words(asset, scan, credential, own)


def _calls(weighed: CredentialEvidence | None) -> tuple[NetworkCall, ...]:
    calls = weighed.calls if weighed else ()
    return tuple(NetworkCall(c.url, c.status, c.bytes, c.error) for c in calls)
