"""The parts of a release as CycloneDX 1.6, JSON: `make sbom`.

Made from the lock files alone, so the same locks make the same list. It holds no
timestamp: a release has one of its own.
"""

import json
import sys
import uuid
from typing import Any

from delivery.licences import licensed
from delivery.parts import ROOT, Part

FILE = ROOT / "var" / "sbom.cdx.json"
# A namespace of our own for serial numbers.
NAMESPACE = uuid.UUID("5b1b3c52-5b0e-4c0c-9a3e-0f6a6d3f7c11")
OURS = "medconsult"


def sbom(parts: list[Part]) -> dict[str, Any]:
    """The document. `scope` tells what production has and what only building needs."""
    components = [_component(part) for part in parts]
    told = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, told)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": OURS,
                "name": OURS,
                "licenses": [{"license": {"id": "BSD-3-Clause"}}],
            },
            "tools": {
                "components": [{"type": "application", "name": f"{OURS} delivery"}]
            },
        },
        "components": components,
        "dependencies": _dependencies(parts),
    }


def _component(part: Part) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
        "scope": "required" if part.served else "excluded",
        "hashes": [{"alg": name, "content": value} for name, value in part.digests],
        "licenses": _licences(part.licence),
    }


def _licences(expression: str) -> list[dict[str, Any]]:
    if not expression:
        return []
    if " " in expression:
        return [{"expression": expression}]
    return [{"license": {"id": expression}}]


def _dependencies(parts: list[Part]) -> list[dict[str, Any]]:
    refs: dict[tuple[str, str], list[str]] = {}
    for part in parts:
        refs.setdefault((part.kind, part.name), []).append(part.purl)
    needed = {(part.kind, name) for part in parts for name in part.needs}
    ours = [part.purl for part in parts if (part.kind, part.name) not in needed]
    return [
        {"ref": OURS, "dependsOn": ours},
        *(
            {
                "ref": part.purl,
                "dependsOn": sorted(
                    ref for name in part.needs for ref in refs[(part.kind, name)]
                ),
            }
            for part in parts
        ),
    ]


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(sbom(licensed()), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{FILE.relative_to(ROOT)}\n")
