"""The catalogue of codes: complete, without dead entries, and the source of page and schema."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import make_codes
from support.each import each
from support.pki import FIXTURES
from support.source import nodes, walk

from provenance.base import codes, errors, terms
from provenance.base.codes import Code, CodeKind
from provenance.base.finding import Severity
from provenance.credentials.concerns import _CODES as SORTED
from provenance.credentials.concerns import Concern, breaks, concern
from provenance.linting import rule_catalogue as linting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src" / "provenance"
MODULES = sorted((*SOURCE.rglob("*.py"), *(ROOT / "cli").rglob("*.py")))
NAMES = [path.relative_to(ROOT).as_posix() for path in MODULES]
DOTTED = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+")
ANY = "\0"  # stands for a part of a code that is put in while running

ENUMS: dict[CodeKind, type[StrEnum]] = {
    CodeKind.FLAG: terms.Flag,
    CodeKind.BREACH: terms.Breach,
    CodeKind.ORIGIN: terms.Origin,
    CodeKind.ASSURANCE: terms.Assurance,
    CodeKind.CREDENTIAL: terms.CredentialStatus,
    CodeKind.INTEGRITY: terms.Integrity,
    CodeKind.IDENTITY: terms.Identity,
    CodeKind.TIME: terms.TimeStatus,
    CodeKind.REVOCATION: terms.Revocation,
    CodeKind.CAWG: terms.Cawg,
    CodeKind.CONFORMANCE: terms.Conformance,
}
# What makes something with a code in front: the severity of a finding, or the kinds of an error.
SEVERITY = {"error": Severity.ERROR, "warning": Severity.WARNING, "note": Severity.NOTE}
COLLECTED = {"note": "note", "fault": "warning"}  # what methods of a container's `Collector` make
KINDS = {
    "Finding": {CodeKind.FINDING, CodeKind.STATUS},
    "Reason": {CodeKind.REASON},
    "ErrorInfo": {CodeKind.ERROR},
    "AssetError": {CodeKind.ERROR},
    "AuditError": {CodeKind.STOP, CodeKind.ERROR},
    "EvidenceError": {CodeKind.STOP},
}
# The codes of tables 2 to 4 of C2PA 2.4 section 15.2.2.
TABLES = {
    "success": """
        assertion.accessible assertion.alternativeContentRepresentation.match
        assertion.bmffHash.match assertion.boxesHash.match assertion.collectionHash.match
        assertion.dataHash.match assertion.hashedURI.match assertion.multiAssetHash.match
        claimSignature.insideValidity claimSignature.validated
        ingredient.claimSignature.validated ingredient.manifest.validated
        signingCredential.ocsp.notRevoked signingCredential.trusted timeStamp.trusted
        timeStamp.validated
    """,
    "informational": """
        algorithm.deprecated assertion.bmffHash.additionalExclusionsPresent
        assertion.boxesHash.additionalExclusionsPresent
        assertion.dataHash.additionalExclusionsPresent ingredient.unknownProvenance
        signingCredential.ocsp.inaccessible signingCredential.ocsp.skipped
        signingCredential.ocsp.unknown timeOfSigning.insideValidity
        timeOfSigning.outsideValidity timeStamp.credentialInvalid timeStamp.malformed
        timeStamp.mismatch timeStamp.outsideValidity timeStamp.untrusted
    """,
    "failure": """
        algorithm.unsupported assertion.action.ingredientMismatch assertion.action.malformed
        assertion.action.redacted assertion.action.redactionMismatch
        assertion.action.softBindingMissing
        assertion.alternativeContentRepresentation.hashMismatch
        assertion.alternativeContentRepresentation.malformed
        assertion.alternativeContentRepresentation.missing assertion.bmffHash.malformed
        assertion.bmffHash.mismatch assertion.boxesHash.malformed assertion.boxesHash.mismatch
        assertion.boxesHash.unknownBox assertion.cbor.invalid assertion.cloud-data.actions
        assertion.cloud-data.hardBinding assertion.cloud-data.labelMismatch
        assertion.cloud-data.malformed assertion.collectionHash.incorrectFileCount
        assertion.collectionHash.invalidURI assertion.collectionHash.malformed
        assertion.collectionHash.mismatch assertion.dataHash.malformed
        assertion.dataHash.mismatch assertion.dataHash.redacted
        assertion.external-reference.created assertion.external-reference.hashMismatch
        assertion.external-reference.labelMismatch assertion.external-reference.malformed
        assertion.hardBinding.redacted assertion.hashedURI.mismatch assertion.inaccessible
        assertion.ingredient.malformed assertion.json.invalid assertion.missing
        assertion.multiAssetHash.malformed assertion.multiAssetHash.mismatch
        assertion.multiAssetHash.missingPart assertion.multipleHardBindings
        assertion.notRedacted assertion.outsideManifest assertion.selfRedacted
        assertion.timestamp.malformed assertion.undeclared claim.cbor.invalid
        claim.hardBindings.missing claim.malformed claim.missing claim.multiple
        claimSignature.mismatch claimSignature.missing claimSignature.outsideValidity
        general.error hashedURI.mismatch hashedURI.missing ingredient.claimSignature.mismatch
        ingredient.claimSignature.missing ingredient.manifest.mismatch
        ingredient.manifest.missing livevideo.assertion.invalid
        livevideo.continuityMethod.invalid livevideo.init.invalid livevideo.manifest.invalid
        livevideo.segment.invalid livevideo.sessionkey.invalid manifest.compressed.invalid
        manifest.html.multipleManifests manifest.inaccessible manifest.multipleParents
        manifest.structuredText.emptyReference manifest.structuredText.malformedReference
        manifest.structuredText.multipleReferences manifest.structuredText.noManifest
        manifest.structuredText.noResolutionPath manifest.text.corruptedWrapper
        manifest.text.multipleWrappers manifest.timestamp.invalid
        manifest.timestamp.wrongParents manifest.update.invalid manifest.update.wrongParents
        signingCredential.invalid signingCredential.ocsp.revoked signingCredential.untrusted
    """,
}
# Names that begin like a code and are none: of detectors, of assertions, of rules and samples.
NO_CODES = re.compile(
    r"iptc\.(ai|source_type)|cawg\.(identity|metadata)"  # a detector each, and labels of assertions
    r"|cawg\.(x509\.cose|identity_claims_aggregation)"  # types of signatures
    r"|cawg\.(creator|document_verification|social_media|crypto_wallet|web_site)"  # kinds of names
    r"|[a-z]+\.[a-z]"  # likewise, as in `code.startswith("integrity.o")`
    r"|x?claim\.v2"  # a key of crJSON
    r"|plan\.json"  # a file
)


def entries(*kinds: CodeKind) -> list[Code]:
    return [c for c in codes.catalogue() if c.kind in kinds]


class Made:
    """The codes that one module makes: by a call, or as the `code` of an exception class."""

    def __init__(self, path: Path) -> None:
        self.calls: list[tuple[str, str, int]] = []  # (what is called, code, line)
        self.raised: list[tuple[str, int]] = []
        self.passed_on: list[tuple[str, int]] = []  # what is no literal
        self.values: dict[str, list[ast.expr]] = {}
        for node in nodes(path):
            self._assigned(node)
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                self._class(node)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                name = node.func.id
                if name in SEVERITY or name in KINDS:
                    self._call(name, node.args[0], node.lineno)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                name = COLLECTED.get(node.func.attr, "")
                if name and ast.unparse(node.func.value) in {"out", "self.out"}:
                    self._call(name, node.args[0], node.lineno)

    def _assigned(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self.values.setdefault(node.targets[0].id, []).append(node.value)

    def _class(self, node: ast.ClassDef) -> None:
        for line in node.body:
            if (
                isinstance(line, ast.Assign)
                and isinstance(line.targets[0], ast.Name)
                and line.targets[0].id == "code"
                and any("Error" in ast.unparse(base) for base in node.bases)
            ):
                assert isinstance(line.value, ast.Constant)
                self.raised.append((str(line.value.value), line.lineno))

    def _call(self, name: str, first: ast.expr, line: int) -> None:
        found = list(self._texts(first, set()))
        for text in found:
            self.calls.append((name, text, line))
        if not found:
            self.passed_on.append((ast.unparse(first), line))

    def _texts(self, node: ast.expr, seen: set[str]) -> Iterator[str]:
        """Yield the texts that an expression may be, with `ANY` for what is put in."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from self._texts(node.body, seen)
            yield from self._texts(node.orelse, seen)
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else ANY for part in node.values
            )
        elif isinstance(node, ast.Name) and node.id not in seen:
            for value in self.values.get(node.id, ()):
                yield from self._texts(value, seen | {node.id})


@cache
def made() -> dict[str, Made]:
    return {name: Made(path) for name, path in zip(NAMES, MODULES, strict=True)}


def fitting(text: str, found: list[Code]) -> list[Code]:
    """Select what a text of the source may stand for; a whole code has an entry of its own."""
    if ANY not in text:
        return [c for c in found if c.name == text]
    form = re.compile(".+".join(re.escape(part) for part in text.split(ANY)))
    return [c for c in found if form.fullmatch(c.name)]


@each("name", NAMES)
def test_every_code_of_the_source_is_declared(name: str) -> None:
    for maker, text, line in made()[name].calls:
        kinds = KINDS.get(maker, {CodeKind.FINDING, CodeKind.STATUS})
        declared = fitting(text, entries(*kinds))
        if maker in SEVERITY:
            declared = [c for c in declared if SEVERITY[maker] in c.severities]
        assert declared, f"{name}:{line}: {maker}({text!r}) is not declared: see base/codes.py"
    for code, line in made()[name].raised:
        declared = fitting(code, entries(CodeKind.STOP))
        assert declared, f"{name}:{line}: {code!r} is not declared: see base/codes.py"


@each("name", [n for n in NAMES if not re.search(r"/(linting|kit)/|base/codes\.py", n)])
def test_nothing_in_the_source_that_looks_like_a_code_is_undeclared(name: str) -> None:
    """Finds what the calls do not show: tables, arguments handed on, comparisons."""
    names = {c.name for c in codes.catalogue()}
    families = {name.partition(".")[0] for name in names if "." in name}
    for node in nodes(ROOT / name):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and DOTTED.fullmatch(node.value)
            and node.value.partition(".")[0] in families
            and not NO_CODES.fullmatch(node.value)
        ):
            assert node.value in names, f"{name}:{node.lineno}: {node.value!r} is not declared"


def test_a_code_that_is_no_literal_is_passed_on_from_one() -> None:
    """A call whose code is made elsewhere: where a literal belongs, the tests above look for it."""
    for name, one in made().items():
        for text, line in one.passed_on:
            assert text == "code" or text.endswith(".code"), f"{name}:{line}: {text}"


@cache
def texts() -> tuple[frozenset[str], tuple[str, ...]]:
    """Every text in the source, and the forms of those in which something is put.

    What is only compared with does not count: it makes nothing.
    """
    plain, forms = set(), set()
    for path in MODULES:
        compared = {
            id(part) for node in nodes(path) if isinstance(node, ast.Compare) for part in walk(node)
        }
        for node in nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if id(node) not in compared:
                    plain.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else ANY for p in node.values)
                forms.add("".join(str(part) for part in parts))
    return frozenset(plain), tuple(
        sorted(f for f in forms if DOTTED.fullmatch(f.replace(ANY, "x")))
    )


def form_of(code: Code) -> str:
    return re.sub(r"<[a-z]+>", ANY, code.name)


@each(
    "code",
    entries(CodeKind.FINDING, CodeKind.REASON, CodeKind.ERROR, CodeKind.STOP),
    ids=lambda c: c.name,
)
def test_no_code_of_the_catalogue_is_dead(code: Code) -> None:
    plain, forms = texts()
    if code.open:
        found = form_of(code) in forms
    else:
        # A form such as `origin.` with something put in makes `origin.<detector>` and no other.
        others = {form_of(c) for c in codes.catalogue() if c.open} | {ANY, f"{ANY}.{ANY}"}
        found = code.name in plain or any(
            re.fullmatch("[a-z_]+".join(map(re.escape, form.split(ANY))), code.name)
            for form in forms
            if form not in others
        )
    assert found, f"nothing in the source makes {code.name}"


@each("kind", ENUMS)
def test_every_value_of_a_vocabulary_is_declared_in_its_order(kind: CodeKind) -> None:
    assert [c.name for c in entries(kind)] == [value.value for value in ENUMS[kind]]


def test_codes_are_declared_once() -> None:
    assert len({(c.kind, c.name) for c in codes.catalogue()}) == len(codes.catalogue())
    shared = {c.name for c in entries(CodeKind.FINDING)} & {
        c.name for c in entries(CodeKind.STATUS)
    }
    assert shared == set()


def test_the_form_of_codes() -> None:
    for code in codes.catalogue():
        assert re.fullmatch(
            r"(?:[A-Za-z0-9_-]+|<[a-z]+>)(?:\.(?:[A-Za-z0-9_-]+|<[a-z]+>))*", code.name
        )


@each("code", codes.catalogue(), ids=lambda c: f"{c.kind}-{c.name}")
def test_an_entry_says_what_it_must(code: Code) -> None:
    for said in (code.means, code.do):
        assert said[0].isupper() or said[0] == "`"
        assert said.endswith(".")
        assert "|" not in said  # the page is a table
        assert said.isascii()
    assert (code.kind is CodeKind.FINDING) <= bool(code.severities)
    assert (code.kind is CodeKind.STATUS) == bool(code.outcome)
    assert code.outcome in {"", "success", "informational", "failure"}
    assert code.kind in {CodeKind.FINDING, CodeKind.STATUS} or not code.severities
    parts = [int(part) for part in code.since.split(".")]
    assert parts <= [int(part) for part in _version().split(".")]


def _version() -> str:
    from provenance.base.version import VERSION

    return VERSION


# The table of words to avoid is longer; these are those that a machine can tell.
DROPPED = re.compile(
    r"\b(authentic|genuine|stands?|behind|beside|at hand|of ours|on no list|as given|mend)\b"
    r"|(?<![Tt]here )\bis no\b"
    r"|\bhold \w+ against\b|\bwhat it says of\b"
)


@each("code", codes.catalogue(), ids=lambda c: f"{c.kind}-{c.name}")
def test_entries_are_in_plain_words(code: Code) -> None:
    for said in (code.means, code.do):
        plain = said.replace("stands up for", "")  # an idiom of its own
        assert not DROPPED.search(plain), DROPPED.search(plain)
        assert max(len(s.split()) for s in re.split(r"[.:;]\s", said)) <= 40, said


class TestStatusCodes:
    """What the SDK says, and what becomes of it (`credentials.integrity`)."""

    @each("code", sorted(c for found in SORTED.values() for c in found))
    def test_what_the_program_sorts_is_declared(self, code: str) -> None:
        assert [c.kind for c in codes.codes_named(code)] == [CodeKind.STATUS]

    @each("code", entries(CodeKind.STATUS), ids=lambda c: c.name)
    def test_the_severity_is_the_one_it_gets(self, code: Code) -> None:
        if code.name.startswith("cawg."):
            return  # of the SDK they are no findings, and our own check gives them another severity
        if concern(code.name) is Concern.ELSEWHERE:
            assert code.severities == ()
        elif breaks(code.name):
            assert Severity.ERROR in code.severities
        elif code.outcome == "failure":
            assert Severity.WARNING in code.severities

    @pytest.mark.parametrize("outcome", TABLES)
    def test_the_tables_of_the_standard(self, outcome: str) -> None:
        declared = {c.name for c in entries(CodeKind.STATUS) if c.outcome == outcome}
        table = set(TABLES[outcome].split())
        assert table <= declared
        # What is in no table is named as such.
        for code in entries(CodeKind.STATUS):
            if code.outcome == outcome and code.name not in table:
                older = "Older than the tables of 2.4." in code.means
                own = "Not in the tables of 2.4." in code.means
                assert older or own or code.name.startswith("cawg."), code.name


class TestLookingUp:
    def test_a_name_may_be_of_several_kinds(self) -> None:
        assert [c.kind for c in codes.codes_named("broken")] == [
            CodeKind.FLAG,
            CodeKind.ASSURANCE,
            CodeKind.INTEGRITY,
        ]

    def test_a_name_that_stands_for_many(self) -> None:
        (found,) = codes.codes_named("origin.c2pa.actions")
        assert (found.kind, found.name) == (CodeKind.REASON, "origin.<detector>")
        assert codes.codes_named("origin.") == ()
        assert codes.codes_named("origin.a b") == ()

    def test_an_exact_name_hides_one_that_stands_for_many(self) -> None:
        assert [c.name for c in codes.codes_named("origin.absent")] == ["origin.absent"]

    def test_a_code_that_does_not_exist_is_found_nowhere(self) -> None:
        assert codes.codes_named("no.such.code") == ()

    def test_no_rule_is_named_like_a_code(self) -> None:
        assert not {r.id for r in linting.rules()} & {c.name for c in codes.catalogue()}


def test_the_page_is_what_the_catalogue_says() -> None:
    """If this fails: `python -m support.make_codes`, in `tests`."""
    assert make_codes.PAGE.read_text(encoding="utf-8") == make_codes.page()


def test_the_schema_is_what_the_catalogue_says() -> None:
    """If this fails: `python -m support.make_codes`, in `tests`."""
    assert make_codes.SCHEMA.read_text(encoding="utf-8") == make_codes.schema_text()


def test_errors_with_a_code_of_their_own_are_declared() -> None:
    found = [errors.ProvenanceError]
    for kind in found:
        found += kind.__subclasses__()
        assert codes.codes_named(kind.code) or kind.code == errors.ProvenanceError.code


def test_verifying_a_file_loads_nothing_of_the_catalogue() -> None:
    script = (
        "import contextlib, sys\nfrom provenance_cli.main import main\n"
        "with contextlib.suppress(SystemExit):\n    main(['verify', '-q', *sys.argv[1:]])\n"
        "from provenance.base.lazily import executed\n"
        "print('loaded', *(m for m in ('tomllib', 'provenance.base.codes') if executed(m)))"
    )
    files = [str(FIXTURES / name) for name in ("plain.jpg", "capture.jpg", "tampered.png")]
    run = subprocess.run(
        [sys.executable, "-c", script, *files], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "loaded"
