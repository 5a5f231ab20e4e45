"""How tests start Chromium: the system's own, without windows where there is such a
one, silent on the network."""

from pathlib import Path
from typing import Any

_SYSTEM = [
    path
    for path in ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
    if Path(path).exists()
]
# What Playwright switches off by itself: of two such lists the last one counts.
_BY_PLAYWRIGHT = (
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter",
    "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding",
    "PreconnectToSearch", "TcpPortRandomizationWin", "ThirdPartyStoragePartitioning",
    "msEdgeUpdateLaunchServicesPreferredVersion", "msForceBrowserSignIn",
)  # fmt: skip
# The list under the address bar is a page in a process of its own, made for each
# visitor: a third of what their browser costs, and nobody sees it.
_UNSEEN = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")

LAUNCH: dict[str, Any] = {
    "executable_path": _SYSTEM[0] if _SYSTEM else None,
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--disable-features={','.join(_BY_PLAYWRIGHT + _UNSEEN)}",
    ],
}
