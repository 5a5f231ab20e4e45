"""The shapes of the icons, as `npm run build` takes them from the icon package."""

import json
from functools import lru_cache
from pathlib import Path

BUILT = Path(__file__).resolve().parent.parent / "static" / "dist" / "icons.json"


@lru_cache(maxsize=1)
def shapes() -> dict[str, str]:
    """Inner SVG by icon name (static/icons.json); {} while assets are not built."""
    if not BUILT.exists():
        return {}
    return json.loads(BUILT.read_text(encoding="utf-8"))
