"""The headline of a file whose settings say that something was given to the generator."""

import json

import pytest
from unit.media.container import build
from unit.media.container import build_metadata as made

from provenance.render.headline import headline
from provenance.verdict.verifier import Verifier

CLONED = {
    "1": {"class_type": "LoadAudio", "inputs": {"audio": "her.wav"}},
    "2": {"class_type": "ChatterboxTTS", "inputs": {"audio_prompt": ["1", 0], "text": "a"}},
    "3": {"class_type": "SaveAudio", "inputs": {"audio": ["2", 0]}},
}
SWAPPED = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "her.jpg"}},
    "2": {"class_type": "ReActorFaceSwap", "inputs": {"input_image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}},
}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            made.flac({"PROMPT": json.dumps(CLONED)}),
            "made from a recording that was given to it:",
        ),
        (
            build.png(made.text_chunk(b"tEXt", b"prompt", json.dumps(SWAPPED).encode())),
            "made from a picture that was given to it:",
        ),
    ],
)
def test_what_a_generated_asset_was_given_is_named_by_its_kind(data, words):
    report = Verifier().verify_bytes(data)
    lines = ["".join(span for _, span in line) for line in headline(report)]
    assert f"{words} it may show or imitate a real person" in lines
    assert report.verdict is not None
    assert any("picture or recording" in reason.message for reason in report.verdict.reasons), (
        report.verdict.reasons
    )
