"""The one test command: ``python -m tests [layer …]``.

Layers: lint, unit, content, pages, browser, bench, physics. Without a layer all run but physics, which only prints.
Installs Chromium through apt where it is missing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "lint": [
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "mypy", "modalities"],
    ],
    "unit": [[sys.executable, "-m", "pytest", "-n", "auto", "tests/unit"]],
    "content": [[sys.executable, "-m", "pytest", "tests/content", "-s"]],
    "pages": [[sys.executable, "-m", "pytest", "-n", "auto", "tests/pages"]],
    "browser": [[sys.executable, "-m", "pytest", "-n", "auto", "tests/browser", "--durations=5"]],
    "bench": [
        [sys.executable, "-m", "tests.bench"],
        [sys.executable, "-m", "tests.bench.choose"],
    ],
    "physics": [[sys.executable, "-m", "tests.bench.see"], [sys.executable, "-m", "tests.bench.physics"]],
}


def install_chromium() -> None:
    """Install Debian's Chromium if no Chromium is there; needs root or sudo."""
    if shutil.which("chromium"):
        return
    sudo = ["sudo"] if shutil.which("sudo") else []
    subprocess.run([*sudo, "apt-get", "update", "-qq"], check=True)
    subprocess.run([*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=True)


def main(layers: list[str]) -> int:
    """Run the layers in order; stop at none, report all; return 1 if one failed."""
    if unknown := set(layers) - set(COMMANDS):
        print(f"no such layer: {', '.join(sorted(unknown))}; there are: {', '.join(COMMANDS)}")
        return 2
    if not layers or {"browser", "bench"} & set(layers):
        install_chromium()
    failed = []
    for layer in layers or [name for name in COMMANDS if name != "physics"]:
        start = time.monotonic()
        for command in COMMANDS[layer]:
            print(f"\n== {layer}: {' '.join(command[1:])}", flush=True)
            if subprocess.run(command, cwd=ROOT, check=False).returncode:
                failed.append(layer)
        print(f"== {layer} took {time.monotonic() - start:.0f} s", flush=True)
    print(f"\n{'FAILED: ' + ', '.join(dict.fromkeys(failed)) if failed else 'all passed'}")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
