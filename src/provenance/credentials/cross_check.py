"""Asking the SDK what it thinks of a credential that was read, for a second opinion.

What of its answer counts is decided in `credentials.validation.second_opinion`.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, error, note
from provenance.base.terms import Location
from provenance.credentials import rebuilt, sdk
from provenance.credentials.locate import open_fragment, type_hint
from provenance.credentials.validation import second_opinion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.locate import FoundCredential
    from provenance.credentials.manifest import ManifestStore
    from provenance.credentials.sdk import SdkAnswer
    from provenance.credentials.validation.outcome import BindingOutcome
    from provenance.credentials.validation.second_opinion import Rewritten
    from provenance.media.asset import Asset
    from provenance.media.container import Scan


def with_sdk_opinion(asset: Asset, scan: Scan, credential: FoundCredential) -> FoundCredential:
    """Return a credential that was read together with the SDK's opinion of it.

    Raises AssetError where a fragment cannot be read, InstallationError without the SDK.
    """
    if credential.store is None or credential.answer is not None:
        return credential
    if (refused := _not_asked(credential.store, credential.outcomes)) is not None:
        return replace(credential, answer=refused)

    data, active = credential.data, credential.store.active
    hint = type_hint(scan) if credential.media_at_hand else sdk.MANIFEST_STORE_TYPE
    if credential.location is Location.SIDECAR:
        answer = sdk.ask_sdk(asset.stream(), hint, manifest_store=data)
        rewritten = _rewritten(data, answer)
    else:
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(open_fragment(f)) for f in credential.fragments]
            streams = [fragment.stream() for fragment in opened]
            answer = sdk.ask_sdk(asset.stream(), hint, fragments=streams, expected_store=data)
        rewritten = _rewritten(data, answer)
        if rewritten and answer.active == active:
            answer = replace(answer, same_store=True)  # the same, but for what it writes anew
    again, said = _without_loose(asset, hint, credential, answer)
    answer = _same_active(again, credential.store)
    return replace(
        credential,
        answer=answer,
        rewritten=rewritten,
        findings=(*credential.findings, *_ambiguity(answer), *said),
    )


def _not_asked(parsed: ManifestStore, outcomes: Sequence[BindingOutcome]) -> SdkAnswer | None:
    """Keep from the SDK what is over our bounds: it has none, and takes seconds and gigabytes."""
    bindings = (f"bound to {outcome.message}" for outcome in outcomes if outcome.beyond)
    reached = (*parsed.limits, *parsed.passed_over, *bindings)
    if not reached:
        return None
    message = f"the SDK was not asked, since the credential is {reached[0]}"
    return sdk.SdkAnswer(None, None, (), sdk.SdkRefusal.NOT_ASKED, message)


def _rewritten(data: bytes, answer: SdkAnswer) -> Rewritten | None:
    """Look what the SDK writes anew, where it says that a store is not what it should be."""
    if answer.same_store is not False and not any(
        s.code.endswith("mismatch") for s in answer.statuses
    ):
        return None

    return second_opinion.rewritten(data)


def _without_loose(
    asset: Asset, hint: str | None, credential: FoundCredential, answer: SdkAnswer
) -> tuple[SdkAnswer, tuple[Finding, ...]]:
    """Ask again with a copy of the store, where the SDK refuses it.

    It gives up a whole store over one damaged manifest that nothing refers to. The copy is without
    those. Of the file itself it then says nothing.
    """
    store = credential.store
    if store is None or answer.refusal is not sdk.SdkRefusal.MALFORMED or credential.fragments:
        return answer, ()
    copy = rebuilt.only(credential.data, store.reachable)
    if copy == credential.data:
        return answer, ()
    again = sdk.ask_sdk(asset.stream(), hint, manifest_store=copy)
    if again.refusal is not None:
        return answer, ()
    message = f"the SDK refuses the store, and reads it without what is loose: {answer.message}"
    return replace(again, state=None), (note("validators.disagree", message),)


def _same_active(answer: SdkAnswer, store: ManifestStore) -> SdkAnswer:
    """Two readers that disagree on which manifest speaks for the asset read two credentials."""
    if answer.active is None or answer.active == store.active:
        return answer
    return replace(answer, same_store=False)


def _ambiguity(answer: SdkAnswer) -> tuple[Finding, ...]:
    """Two readers that find two stores in one file: nothing said of one holds for the other."""
    if answer.same_store is not False:
        return ()
    message = "the SDK finds another manifest store in this file than the container scan does"
    return (error("credential.ambiguous", message),)
