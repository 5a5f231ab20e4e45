"""How tests start Chromium: the system's own, silent on the network."""

from pathlib import Path
from typing import Any

_SYSTEM = Path("/usr/bin/chromium")

LAUNCH: dict[str, Any] = {
    "executable_path": str(_SYSTEM) if _SYSTEM.exists() else None,
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}
