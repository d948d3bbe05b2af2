"""What a test wants to know about a built page: its ids, its links, its pictures, what it loads."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit


@dataclass
class Page(HTMLParser):
    """A page, read once."""

    path: Path
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    pictures: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = self.path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.ids.append(said["id"])
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "link" and said.get("rel") not in ("next", "prev", "search", "index"):
            self.loads.append(said.get("href", ""))
        elif tag in ("script", "img", "iframe", "source", "object") and said.get("src"):
            self.loads.append(said["src"])
        if tag == "img":
            self.pictures.append(said)

    def target(self, link: str) -> tuple[Path, str] | None:
        """File and anchor that a link leads to, or nothing if it leaves the site."""
        if urlsplit(link).scheme:
            return None
        address, anchor = urldefrag(link)
        path = unquote(urlsplit(address).path)
        return (self.path.parent / path).resolve() if path else self.path.resolve(), unquote(anchor)


def read_all(site: Path) -> dict[str, Page]:
    """Read every page of a site, by its name in it."""
    return {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html"))}
