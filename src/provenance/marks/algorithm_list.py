"""The algorithms of the C2PA soft binding algorithm list, as a table of our own.

Facts from https://spec.c2pa.org/softbinding-alg-list/softbinding-algorithm-list.json, up to its
entry 32. A test compares the table with that file where it is at hand. Who can decode a mark is not
in the list: `detector` says what we know, and it errs on the side of less.
"""

from __future__ import annotations

from provenance.marks.soft_binding import Algorithm, Mark, MarkChecker, SoftBindingKind

_W, _F = SoftBindingKind.WATERMARK, SoftBindingKind.FINGERPRINT
_I, _A, _V, _T, _X = "image", "audio", "video", "text", "application"
_OPEN = MarkChecker.PUBLIC
_AI_WATERMARK = "https://aiwatermark.com/api/v1"

ALGORITHMS: tuple[Algorithm, ...] = (
    Algorithm(1, "com.digimarc.validate.1", "Digimarc", _W, (_A, _V, _T, _I)),
    Algorithm(2, "org.atsc.a336", "ATSC", _W, (_A, _V, _I)),
    Algorithm(3, "io.iscc.v0", "ISCC Foundation", _F, (_T, _I, _A, _V, _X), detector=_OPEN),
    Algorithm(4, "com.adobe.trustmark.Q", "Adobe", _W, (_I,), detector=_OPEN),
    Algorithm(5, "com.adobe.trustmark.C", "Adobe", _W, (_I,), detector=_OPEN),
    Algorithm(6, "com.adobe.icn.dense", "Adobe", _F, (_I,)),
    Algorithm(7, "ai.steg.api", "Steg.AI", _W, (_I, _V, _X)),
    Algorithm(8, "ai.trufo.gen1.image", "Trufo", _W, (_I,)),
    Algorithm(9, "ai.trufo.gen1.image-lite", "Trufo", _W, (_I,)),
    Algorithm(10, "app.overlai.watermark.1", "Overlai", _W, (_I,)),
    Algorithm(11, "tv.kinetiq.watercast.48.1", "Kinetiq", _W, (_V,)),
    Algorithm(12, "castLabs.watermark.1", "castLabs", _W, (_V, _I, _A)),
    Algorithm(13, "com.adobe.trustmark.P", "Adobe", _W, (_I,), detector=_OPEN),
    Algorithm(14, "com.imatag.lamark.v1", "Imatag", _W, (_I,)),
    Algorithm(15, "com.nagra.nexguard.watermark.1", "NAGRA", _W, (_V, _A, _I)),
    Algorithm(16, "com.mentaport.watermark.1", "Mentaport", _W, (_V, _A, _I)),
    Algorithm(17, "com.digicaps.fingerprint.1", "DigiCAP", _F, (_I,)),
    Algorithm(18, "com.sonicorigin.watermark.1", "SonicOrigin", _W, (_A, _V)),
    Algorithm(19, "com.microsoft.invismark.1", "Microsoft", _W, (_I, _V)),
    Algorithm(20, "com.microsoft.wavmark.1", "Microsoft", _W, (_A, _V)),
    Algorithm(21, "ai.contentlens.image.basewmk", "ContentLens", _W, (_I,)),
    Algorithm(22, "ai.contentlens.image.ensemblewmk", "ContentLens", _W, (_I,)),
    Algorithm(23, "ai.contentlens.image.customwmk", "ContentLens", _W, (_I,)),
    Algorithm(24, "ai.contentlens.audio.mono", "ContentLens", _W, (_A,)),
    Algorithm(25, "ai.contentlens.audio.stereo", "ContentLens", _W, (_A,)),
    Algorithm(26, "es.lumatrace", "Lumatrace", _W, (_I,)),
    Algorithm(27, "com.markany.watermark.1", "MarkAny", _W, (_I, _V, _A)),
    Algorithm(28, "com.verimatrix.watermark.1", "Verimatrix", _W, (_V,)),
    Algorithm(
        29,
        "com.writerslogic.zwc-watermark.1",
        "WritersLogic",
        _W,
        (),
        ("text/plain", "text/markdown", "text/html"),
    ),
    Algorithm(
        30,
        "com.aiwatermark.videoseal.1",
        "AI Watermark",
        _W,
        (_V,),
        ("video/mp4", "video/webm"),
        (_AI_WATERMARK,),
    ),
    Algorithm(
        31,
        "com.aiwatermark.pixelseal.1",
        "AI Watermark",
        _W,
        (_I,),
        ("image/png", "image/jpeg", "image/webp"),
        (_AI_WATERMARK,),
    ),
    Algorithm(
        32,
        "com.aiwatermark.audioseal.1",
        "AI Watermark",
        _W,
        (_A,),
        ("audio/mpeg", "audio/wav", "audio/flac", "audio/mp4"),
        (_AI_WATERMARK,),
    ),
)
_BY_NAME = {algorithm.name: algorithm for algorithm in ALGORITHMS}


def listed_algorithm(name: str) -> Algorithm | None:
    """Return the entry of the list whose `alg` is exactly this, or None."""
    return _BY_NAME.get(name)


# Named in the description of an action, as Google's credentials do.
UNLISTED: tuple[Mark, ...] = (Mark("SynthID", "Google", "synthid"),)


def unlisted_mark(description: str) -> Mark | None:
    """Return the unlisted mark that the description of an action names."""
    words = description.casefold()
    return next((mark for mark in UNLISTED if mark.word in words), None)
