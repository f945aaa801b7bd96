"""Templates of one run: each text is compiled once and reused."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from esync import gotemplate
from esync.gotemplate import TemplateError
from esync.records import dataclass
from esync.shape.errors import TemplateFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import Location
    from esync.gotemplate import Template
    from esync.secret import SecretValue
    from esync.shape.chance import Chance


@dataclass(frozen=True, slots=True)
class Rendered:
    """One rendered template, and whether it differs on each run."""

    text: bytes
    volatile: bool


def failed(name: str, error: TemplateError, *, at: Location) -> TemplateFailed:
    """Return an error of the engine in our words; it quotes the template and no data."""
    where = f", line {error.line}, column {error.column}" if error.line else ""
    excerpt = f" at <{error.excerpt}>" if error.excerpt else ""
    return TemplateFailed(f'template "{name}"{where}{excerpt}: {error}', at=at)


@lru_cache(maxsize=4096)
def compiled(text: str, name: str, missing_key: str = "error") -> Template:
    """Return ``text`` compiled; raises ``TemplateError`` anew each time if it is wrong."""
    source = text.encode("utf-8", "surrogateescape")
    return gotemplate.compile(source, name=name, missing_key=missing_key)


def render(
    text: str, name: str, data: Mapping[str, SecretValue], chance: Chance, *, at: Location
) -> Rendered:
    """Render one template with the fetched keys as its root.

    Raises:
        TemplateFailed: it does not parse or execute; the message quotes the template only.
    """
    try:
        template = compiled(text, name)
        root = {key: value.reveal() for key, value in data.items()}
        rendered = template.execute(root, clock=chance.clock, random=chance.random)
    except TemplateError as error:
        raise failed(name, error, at=at) from None
    return Rendered(rendered, template.changes)
