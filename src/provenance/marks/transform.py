"""What happens to pictures on their way: re-encoding, scaling, cropping, screenshots. Fixed steps.

Used to measure decoders. Every step gives the same picture again from the same one.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from provenance.marks.carrier import Picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

_SEEN = 0.8  # a screenshot shows the picture at this scale
_FRAME = 37  # pixels of window around it
_GREY = (240, 240, 242)


def _pillow() -> Any:
    from PIL import Image  # noqa: PLC0415 - of an extra; the names of the steps are known without

    return Image


def names() -> tuple[str, ...]:
    """Return the names of the transformations, `as is` first."""
    return tuple(_STEPS)


def apply(name: str, picture: Picture) -> Picture:
    """Return what the named transformation makes of a picture."""
    image = picture.image
    if name == "as is":
        return picture
    changed = _STEPS[name](image if image.mode == "RGB" else image.convert("RGB"))
    return Picture(changed)


def _jpeg(quality: int) -> Callable[[Image.Image], Image.Image]:
    def step(image: Image.Image) -> Image.Image:
        return _again(image, "JPEG", quality=quality)

    return step


def _webp(image: Image.Image) -> Image.Image:
    return _again(image, "WEBP", quality=80)


def _again(image: Image.Image, form: str, **options: Any) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    buffer.seek(0)
    reopened: Image.Image = _pillow().open(buffer, formats=[form])
    reopened.load()
    return reopened.convert("RGB")


def _scale(factor: float) -> Callable[[Image.Image], Image.Image]:
    def step(image: Image.Image) -> Image.Image:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        return image.resize(size, _pillow().Resampling.BICUBIC)

    return step


def _there_and_back(image: Image.Image) -> Image.Image:
    return _scale(0.5)(image).resize(image.size, _pillow().Resampling.BICUBIC)


def _crop(share: float) -> Callable[[Image.Image], Image.Image]:
    def step(image: Image.Image) -> Image.Image:
        left, top = round(image.width * share), round(image.height * share)
        return image.crop((left, top, image.width - left, image.height - top))

    return step


def _cut_bottom(image: Image.Image) -> Image.Image:
    return image.crop((0, 0, image.width, max(1, image.height * 9 // 10)))


def _cut_top(image: Image.Image) -> Image.Image:
    return image.crop((0, image.height // 10, image.width, image.height))


def _cut_right(image: Image.Image) -> Image.Image:
    return image.crop((0, 0, max(1, image.width * 9 // 10), image.height))


def _turn(image: Image.Image) -> Image.Image:
    return image.transpose(_pillow().Transpose.ROTATE_90)


def _mirror(image: Image.Image) -> Image.Image:
    return image.transpose(_pillow().Transpose.FLIP_LEFT_RIGHT)


def _cut_and_code(image: Image.Image) -> Image.Image:
    return _jpeg(95)(_cut_top(image))


def _screenshot(image: Image.Image) -> Image.Image:
    """Show the picture smaller, in a window, and code the window as JPEG."""
    shown = _scale(_SEEN)(image)
    window = _pillow().new("RGB", (shown.width + 2 * _FRAME, shown.height + 2 * _FRAME), _GREY)
    window.paste(shown, (_FRAME, _FRAME))
    return _jpeg(90)(window)


_STEPS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as is": lambda image: image,
    "jpeg 95": _jpeg(95),
    "jpeg 85": _jpeg(85),
    "jpeg 75": _jpeg(75),
    "jpeg 50": _jpeg(50),
    "webp 80": _webp,
    "scale 0.75": _scale(0.75),
    "scale 0.5 and back": _there_and_back,
    "scale 1.5": _scale(1.5),
    "cut 10 % off the bottom": _cut_bottom,
    "cut 10 % off the top": _cut_top,
    "cut 10 % off the right": _cut_right,
    "crop 5 % off each side": _crop(0.05),
    "cut 10 % off the top, jpeg 95": _cut_and_code,
    "turn by 90 degrees": _turn,
    "mirror": _mirror,
    "screenshot": _screenshot,
}
