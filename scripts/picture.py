"""Take README's picture and its alt text from the start page's first figure.

Usage: python scripts/picture.py

The figure is the one that the executed notebook holds, so the picture is as old as the page is. A
test fails when the two differ.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START, PICTURE = Path("notebooks/00-start-here.ipynb"), Path("docs/picture.png")
IMAGE = re.compile(r"!\[[^\]]*\]\(docs/picture\.png\)")

__all__ = ["figure", "main", "with_alt"]


def figure(root: Path = ROOT) -> tuple[bytes, str]:
    """Return the start page's first figure and its alt text.

    Raises
    ------
    ValueError
        If the page holds none.
    """
    for cell in json.loads((root / START).read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if picture := output.get("data", {}).get("image/png"):
                alt = output["metadata"]["image/png"]["alt"]
                return base64.b64decode("".join(picture)), str(alt)
    raise ValueError(f"{START} holds no figure: make execute BOOKS={START}")


def with_alt(readme: str, alt: str) -> str:
    """Return README with the picture's alt text.

    Raises
    ------
    ValueError
        If README doesn't show the picture.
    """
    if not IMAGE.search(readme):
        raise ValueError(f"README.md doesn't show {PICTURE}")
    return IMAGE.sub(lambda _: f"![{alt}]({PICTURE.as_posix()})", readme)


def main() -> int:
    """Write the picture, and its alt text into README.md."""
    readme = ROOT / "README.md"
    try:
        picture, alt = figure()
        text = with_alt(readme.read_text(encoding="utf-8"), alt)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    (ROOT / PICTURE).write_bytes(picture)
    readme.write_text(text, encoding="utf-8")
    print(f"{PICTURE}: {len(picture) // 1024} kB, from {START}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
