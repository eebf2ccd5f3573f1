"""The limits of the container scan, each with its reason.

Reaching one is the finding `container.limit`, never silence and never an exception. They are set
far above what real files hold and far below what would make a hostile file expensive.
"""

from __future__ import annotations

MIB = 1024 * 1024

MAX_FINDINGS = 32  # a hostile file could repeat one defect without end
MAX_BLOCKS = 256  # one credential and a few XMP packets are usual; multi-page TIFF has more
MAX_METADATA = 1_024  # blocks of other metadata, counted apart: they cannot crowd out credentials

MAX_STORES = 64  # manifest stores, counted apart likewise
MAX_REMAINS = 16  # manifest stores in the part of a file that is not read as structure
MAX_UNKNOWN = 64 * MIB  # bytes searched of a file that nobody recognises, some 0.1 s
MAX_REST_MARKS = 65_536  # marks of one kind looked at in that part, some 0.1 s
TAIL = 24 * 1024  # bytes at the end of a file; the last box of a store, its signature, has less
MAX_REST_PACKETS = 32  # XMP packets looked for in that part
MAX_REST_PACKET = 1 << 20  # bytes of one of them

MAX_SEGMENTS = 8_192  # JPEG: 512 MiB of full segments in front of the pixels
MAX_FILL = 64 * 1024  # JPEG: fill bytes in front of one marker; encoders write at most a few
MAX_CHUNKS = 16_384  # PNG: 128 MiB in the 8 KiB chunks that libpng writes; some 20 ms to walk
MAX_RIFF_CHUNKS = 20_000  # RIFF: top-level chunks; WebP animations have one a frame
MAX_BOXES = 20_000  # ISO BMFF: boxes of one file; two a fragment: hours of fragmented video
MAX_INNER_BOXES = 4_096  # ISO BMFF: children of one box
MAX_TEXT_SAMPLES = 8  # ISO BMFF, Matroska: lines read of one text track; each says it again
MAX_TEXT_SAMPLE = 64 * 1024  # ISO BMFF, Matroska: bytes of one of them
MAX_TEXT_TABLE = 64 * 1024  # ISO BMFF: bytes of a table that says where they are
MAX_TEXT_TRACKS = 64  # ISO BMFF, Matroska: text tracks of one file; films have one a language
MAX_ITEMS = 20_000  # HEIF items; a 200-megapixel image in tiles has about 1,000
MAX_ITEM_TABLE = 4 * MIB  # HEIF: bytes of one `iinf` or `iloc` box
MAX_EXTENTS = 1_024  # HEIF: extents of one item; XMP has one
MAX_IFDS = 1_024  # TIFF: pages of one file
MAX_IFD_ENTRIES = 4_096  # TIFF: tags of one IFD; raw files have about 100
MAX_TIFF_ENTRIES = 100_000  # TIFF: tags of all IFDs; 1,000 pages have about 20,000
MAX_COMMENT_SPANS = 4_096  # GIF: sub-blocks of one comment: 1 MiB
MAX_GIF_WALK = 64 * MIB  # GIF: sub-blocks have a length each 256 bytes, so skipping is reading
MAX_GIF_BLOCKS = 100_000  # GIF: extensions and images; each takes some 4 us
MAX_GIF_SUB_BLOCKS = 1_000_000  # GIF: 255 MB in full sub-blocks, less than 0.2 s
MAX_SPANS = 131_072  # spans of one block: a store of 32 MiB in the sub-blocks of GIF
MAX_ID3_TAGS = 8  # ID3v2: tags in a row at the start; more than one is a writer's mistake
MAX_ID3_FRAMES = 4_096  # ID3v2: frames of one tag
MAX_ID3_UNSYNC = 16 * MIB  # ID3v2: an unsynchronised tag is decoded to find its frames
MAX_ID3_STUFFED = 100_000  # ID3v2: zero bytes of unsynchronisation in it; a JPEG has 1 in 256
MAX_FLAC_BLOCKS = 1_024  # FLAC: metadata blocks
MAX_OGG_PAGES = 4_096  # Ogg: pages walked to collect the credential's own stream (64 KiB each)
MAX_OGG_STREAMS = 64  # Ogg: streams whose comments are looked for
MAX_OGG_SEARCH = MIB  # Ogg: bytes searched for a credential whose pages are damaged
MAX_EBML_ELEMENTS = 10_000  # Matroska: elements of the segment; clusters last 1 to 5 seconds
MAX_SEEK_ENTRIES = 64  # Matroska: entries of all seek heads; mkvmerge writes about 10
MAX_FLV_TAGS = 16  # FLV: tags looked at; script data comes first (FLV specification, E.5)
MAX_SEF_ENTRIES = 256  # Samsung trailer: entries of its directory; real ones have about 10
MAX_SVG_SEARCH = 16 * MIB  # SVG: text searched; start tags alone take 2 s in twice as much
MAX_TEXT_SEARCH = 32 * MIB  # text: bytes searched
MAX_TEXT_HASH = 8 * MIB  # text: bytes that are normalised, at four bytes a character
MAX_TEXT_STORES = 4  # text: manifest stores of one file
MAX_XML_PARSED = 4 * MIB  # XML: bytes of a document that is parsed to find XMP, some 0.1 s
MAX_HTML_SEARCH = 16 * MIB  # HTML: text searched; pages of a book have some 10 MiB
MAX_HTML_ATTRIBUTES = 2 * MIB  # HTML: bytes of attributes of scripts and links, some 1 s
MAX_HTML_TAGS = 100_000  # HTML: scripts, styles, links and comments of one page
MAX_HTML_STATED = 64  # HTML: meta elements and scripts of JSON-LD that are read
MAX_SVG_STORES = 16  # SVG: manifest elements outside of comments
MAX_SVG_PACKETS = 32  # SVG: XMP packets
MAX_SVG_HIDDEN = 100_000  # SVG: comments and CDATA sections
MAX_PDF_WHOLE = 8 * MIB  # PDF: files up to this size are searched in full
MAX_PDF_WINDOW = 2 * MIB  # PDF: larger ones at both ends, where writers put the catalogue
MAX_PDF_REVISIONS = 64  # PDF: cross-reference sections followed by /Prev
MAX_PDF_STEPS = 10_000  # PDF: texts that are nearly an object's header, or a trailer's /Info
MAX_PDF_STORES = 16  # PDF: file specifications that name a manifest store
MAX_PDF_OBJECT_STREAMS = 64  # PDF: object streams looked into for the Info dictionary
MAX_PDF_STREAMS = 16_384  # PDF: streams inflated a little, to find one that is named
MAX_PDF_STREAM_HEAD = 16 * 1024  # PDF: inflated bytes of an object stream's table of numbers
MAX_ZIP_DIRECTORY = 16 * MIB  # ZIP: central directory; 65,535 entries take about 6 MiB
MAX_ZIP_CANDIDATES = 4_096  # ZIP: occurrences of a name that are not that entry
MAX_ZIP_ENTRIES = 100_000  # ZIP: entries whose local headers are read; each takes some 5 us
MAX_ZIP_TYPES = 256 * 1024  # ZIP: inflated bytes of [Content_Types].xml
MAX_EXR_ATTRIBUTES = 1_024  # OpenEXR: attributes of one header; real ones have about 30
MAX_FONT_TABLES = 512  # SFNT: tables of one font; real ones have about 30
