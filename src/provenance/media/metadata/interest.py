"""What makes an XMP packet worth parsing.

Parsing a packet costs a hundred times what searching it does, and nearly every photo that an
editor touched carries one. A detector can only speak about a packet that names one of the
properties, or holds one of the values, listed here; for everything else there is
`read(..., everything=True)`. The names are searched as they are in the file, in UTF-8 and, with
the zero bytes left out, in UTF-16 and UTF-32; XML cannot write the name of a property in any other
way. A value could be written with character references: whoever wants to hide an unsigned value
would rather remove it.
"""

from __future__ import annotations

_TOOLS = (  # names of generators, where a program is named; a test compares them with the table
    *(b"Draw Things", b"MFLUX", b"ArtBot", b"stable-diffusion.cpp", b"WanGP", b"Mochi Diffusion"),
    *(b"Fooocus", b"NovelAI", b"imaginAIry", b"imaginairy"),
)
XMP = (  # (a string that nearly all packets without the others lack, what has to be beside it)
    (b"/Iptc4xmpExt/", (b"DigitalSourceType", b"AISystem", b"AIPrompt", b"DigImageGUID")),
    (b"tc260.org.cn", ()),
    (b"UserComment", ()),  # Draw Things, and generators that copy EXIF into XMP
    (b"provenance", ()),  # dcterms:provenance
    (b"Credit", (b"Google AI", b"Clean Up", b"Image Playground", b"MFLUX")),  # photoshop:Credit
    (b"c2pa", ()),  # a history that names an action
    (b"description", (b"Job ID:",)),  # Midjourney; the search for it alone is slow
    (b"Steps", (b"Seed", b"Sampler", b"CFG")),  # settings as text
    (b"seed", (b"steps", b"sampler", b"prompt")),  # settings as an object
    (b"class_type", ()),  # a graph
    (b"CreatorTool", _TOOLS),
    (b":Software", _TOOLS),
    (b"made with suno", ()),
    (b"VQGAN+CLIP", ()),
    (b"reve.com", ()),
    (b"Ideogram", ()),
    (b"Aphrodite", ()),
)


def interesting(packet: bytes) -> bool:
    """Tell whether an XMP packet, in any encoding of Unicode, holds one of the strings."""
    if b"\0" in packet:
        packet = packet.replace(b"\0", b"")
    for first, others in XMP:
        if first in packet and (not others or any(text in packet for text in others)):
            return True
    return False
