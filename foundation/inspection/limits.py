"""How much a file may hold, and the error that says it holds too much."""

# A photo of a modern phone has 12 to 50 million pixels. Beyond 24 a JPEG is read at
# half its size, which its format allows without unpacking the rest. A PNG knows no such
# thing; 20 are an A3 page scanned at 300 dots an inch.
MOST_PIXELS = 60_000_000
MOST_PIXELS_WHOLE = 24_000_000
MOST_PIXELS_PNG = 20_000_000
MOST_PAGES = 500
MOST_OBJECTS = 200_000
# What all streams of a PDF may unpack to, in bytes.
MOST_UNPACKED = 250_000_000
# WebP and AVIF take much memory to write, twice as much where one can see through.
# Eight are a photo as wide as two screens.
MOST_PIXELS_NEWER = 8_000_000
MOST_PIXELS_SEE_THROUGH = 4_000_000
# Of an archive, such as a spreadsheet: bytes that it says it unpacks to, and files.
MOST_UNPACKED_ARCHIVE = 20_000_000
MOST_ENTRIES = 200


class Unfit(Exception):
    """`str(error)` tells people why the file can't be kept, and what to do."""
