"""The packages that the lock files pin: what production runs, and what is built into
the styles and scripts that it serves."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"(?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:(?P<digest>[0-9a-f]{64})")
VIA = re.compile(r"#(?: via)?\s+(?P<name>[\w.-]+)$")
# They build the assets on the way and are in none of them.
BUILDERS = ("esbuild", "sass", "rtlcss")


@dataclass
class Part:
    """One package. `digests` are (algorithm, hex) of the files that may be installed;
    `needs` are names of parts. What is only used for building is not `served`."""

    kind: str
    name: str
    version: str
    licence: str = ""
    digests: list[tuple[str, str]] = field(default_factory=list)
    needs: set[str] = field(default_factory=set)
    served: bool = True

    @property
    def purl(self) -> str:
        """The package's address in the notation of package-url."""
        name = self.name
        if self.kind == "pypi":
            name = re.sub(r"[-_.]+", "-", name).lower()
        return f"pkg:{self.kind}/{name.replace('@', '%40')}@{self.version}"


def locked() -> list[Part]:
    """Every part, in the order of its address. Python's have no licence yet."""
    python = python_parts((ROOT / "requirements.txt").read_text())
    assets = asset_parts(json.loads((ROOT / "package-lock.json").read_text()))
    return sorted([*python, *assets], key=lambda part: part.purl)


def python_parts(text: str) -> list[Part]:
    """What a compiled requirements file pins, with its hashes and who needs it. One
    package may stand there twice, for different systems."""
    parts: list[Part] = []
    needed: dict[str, set[str]] = {}
    for line in text.splitlines():
        if pinned := PINNED.match(line):
            parts.append(Part("pypi", pinned["name"], pinned["version"]))
        if parts and (digest := HASH.search(line)):
            parts[-1].digests.append(("SHA-256", digest["digest"]))
        elif parts and (other := VIA.match(line.strip())):
            needed.setdefault(other["name"], set()).add(parts[-1].name)
    # "-r requirements.in" is nobody.
    for part in parts:
        part.needs = needed.get(part.name, set())
    return parts


def asset_parts(lock: dict[str, Any]) -> list[Part]:
    """What package-lock.json pins. Two versions of one package are two parts."""
    found = {path: entry for path, entry in lock["packages"].items() if path}
    top = lock["packages"][""]["devDependencies"]
    served = set(_closure(found, [name for name in top if name not in BUILDERS]))
    return [
        Part(
            kind="npm",
            name=path.rpartition("node_modules/")[2],
            version=entry["version"],
            licence=entry.get("license", ""),
            digests=_integrity(entry.get("integrity", "")),
            needs=_needs(found, path),
            served=path in served,
        )
        for path, entry in found.items()
    ]


def _closure(found: dict[str, Any], names: list[str]) -> Iterator[str]:
    """The paths of these packages and of all that they need."""
    waiting = [f"node_modules/{name}" for name in names]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen or path not in found:
            continue
        seen.add(path)
        yield path
        waiting += [_resolve(found, path, name) for name in _needs(found, path)]


def _needs(found: dict[str, Any], path: str) -> set[str]:
    entry = found[path]
    names = {*entry.get("dependencies", {}), *entry.get("optionalDependencies", {})}
    return {name for name in names if _resolve(found, path, name) in found}


def _resolve(found: dict[str, Any], path: str, name: str) -> str:
    """Where `path` finds a package: inside itself, else beside it."""
    inside = f"{path}/node_modules/{name}"
    return inside if inside in found else f"node_modules/{name}"


def _integrity(text: str) -> list[tuple[str, str]]:
    """`sha512-<base64>` as CycloneDX writes it."""
    name, _, value = text.partition("-")
    if name != "sha512":
        return []
    return [("SHA-512", base64.b64decode(value).hex())]
