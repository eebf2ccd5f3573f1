"""Open watermarks that are known and not decoded here: whose they are, and where their weights are.

Each needs weights that its package fetches from a hub when it is first used. Nothing here fetches
them, and what cannot be run is not built: whoever brings the weights can put a decoder into a
package of its own (entry point group `provenance.watermarks`).
"""

from __future__ import annotations

from provenance.base.values import dataclass
from provenance.marks.decoder import Medium


@dataclass(frozen=True, slots=True)
class UndecodedMark:
    """A watermark without a decoder here.

    `algorithm` is its identifier on the C2PA soft binding algorithm list, empty where it has none.
    `weights` says where they are and how they are brought; `source` where these facts are from.
    """

    name: str
    medium: Medium
    what: str
    whose: str
    licence: str
    weights: str
    source: str
    algorithm: str = ""


KNOWN: tuple[UndecodedMark, ...] = (
    UndecodedMark(
        "wavmark",
        Medium.SOUND,
        "WavMark: 32 bits a second, 16 of them a fixed pattern",
        "Guangyu Chen and others (Microsoft)",
        "code: MIT",
        "pip install wavmark; wavmark.load_model() fetches them from M4869/WavMark on Hugging Face,"
        " or takes the path of the file",
        "wavmark 0.0.3",
        "com.microsoft.wavmark.1",
    ),
    UndecodedMark(
        "silentcipher",
        Medium.SOUND,
        "SilentCipher: 40 bits, for sound at 16 or 44.1 kHz",
        "Sony Research",
        "code: MIT",
        "pip install silentcipher, which needs torch 2.0.0 or older; silentcipher.get_model()"
        " fetches them from sony/silentcipher on Hugging Face, or takes the paths of checkpoint and"
        " configuration",
        "silentcipher 1.0.5",
    ),
    UndecodedMark(
        "videoseal",
        Medium.PICTURE,
        "Video Seal: 256 bits (96 in version 0.0) in frames and pictures",
        "Meta AI",
        "code and weights: MIT",
        "pip install videoseal, whose need `av` comes with codecs under the GPL; its cards name"
        " dl.fbaipublicfiles.com/videoseal/y_256b_img.pth (0.0: facebook/video_seal on Hugging"
        " Face), fetched by videoseal.load(), or a path",
        "videoseal 1.0.1",
        "com.aiwatermark.videoseal.1",
    ),
    UndecodedMark(
        "pixelseal",
        Medium.PICTURE,
        "Pixel Seal: 256 bits in pictures",
        "Meta AI",
        "code: MIT",
        "not in the package videoseal up to 1.0.1: clone facebookresearch/videoseal, whose card"
        " pixelseal.yaml names the checkpoint that videoseal.load() fetches",
        "facebookresearch/videoseal",
        "com.aiwatermark.pixelseal.1",
    ),
)
