"""The ways in which a sample gets its fault: after it was finished, or while it is written.

Each way can also leave the fault out: then the sample is sound and so is its expectation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from provenance.kit import expect
from provenance.kit.claims import Twists
from provenance.kit.sample import Bench, Sample, SampleClass, SampleFiles
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.claims import NewManifest
    from provenance.kit.expect import Expected


@dataclass(frozen=True, slots=True)
class SampleWords:
    """The words of one sample: its name, what is wrong, the rule, and the argument."""

    name: str
    what: str
    section: str
    because: str


def sample(
    group: SampleClass,
    row: SampleWords,
    make: Callable[[Bench, bool], SampleFiles | bytes],
    expected: Expected,
    sound: Expected = expect.AI,
    *,
    container: str = "jpeg",
) -> Sample:
    """A sample with a fault of any kind."""

    def make_files(bench: Bench, broken: bool) -> SampleFiles:
        result = make(bench, broken)
        return result if isinstance(result, SampleFiles) else SampleFiles(result)

    return Sample(
        row.name,
        group,
        row.what,
        row.section,
        row.because,
        make_files,
        expected,
        sound,
        container,
    )


def signed(bench: Bench, container: str = "jpeg") -> bytes:
    """The sound file that most faults start from: generated media with a note."""
    return signed_file(bench.media(container), bench.manifest())


def after(
    group: SampleClass,
    row: SampleWords,
    damage: Callable[[bytes], bytes],
    expected: Expected,
    sound: Expected = expect.AI,
    *,
    build: Callable[[Bench], bytes] = signed,
    container: str = "jpeg",
) -> Sample:
    """A fault done to the finished file."""

    def make(bench: Bench, broken: bool) -> bytes:
        whole = build(bench)
        return damage(whole) if broken else whole

    return sample(group, row, make, expected, sound, container=container)


def before(
    group: SampleClass,
    row: SampleWords,
    change: Callable[[Bench, NewManifest], NewManifest],
    expected: Expected,
    sound: Expected = expect.AI,
    *,
    manifest: Callable[[Bench], NewManifest] = Bench.manifest,
    container: str = "jpeg",
) -> Sample:
    """A fault that is written and signed."""

    def make(bench: Bench, broken: bool) -> bytes:
        base = manifest(bench)
        return signed_file(bench.media(container), change(bench, base) if broken else base)

    return sample(group, row, make, expected, sound, container=container)


def twist(**changes: Any) -> Callable[[Bench, NewManifest], NewManifest]:
    """A change by `Twists`."""
    twists = Twists(**changes)
    return lambda _, manifest: replace(manifest, twists=twists)
