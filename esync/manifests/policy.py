"""What a policy allows: the document that ``--policy`` names, typed.

A list that is there names all that is allowed; one that is absent narrows nothing.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from esync.manifests.errors import Rejected, WrongType
from esync.manifests.formats import Choice, Format, one_of, text
from esync.manifests.reader import examine
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import Location
    from esync.manifests.document import Document

API_VERSION: Final = "esync.dev/v1"
KIND: Final = "Policy"

_PROVIDER: Final = text(
    Format(
        "the name of a provider, without wildcards",
        pattern="[A-Za-z0-9][-_.A-Za-z0-9]*",
        least=1,
    )
)
_NAME: Final = text(
    Format(
        "a name in lower case (letters, digits, dashes, dots; * and ? are wildcards)",
        pattern=r"[-.a-z0-9*?]+",
        least=1,
    )
)
_HOST: Final = text(
    Format(
        "HOST or HOST:PORT (letters, digits, dashes, dots; * and ? are wildcards, and the last "
        "label has none)",
        pattern=r"([-A-Za-z0-9*?]+\.)*[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(:[0-9]{1,5})?"
        r"|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*",
        least=1,
    )
)
_KEY: Final = text(
    Format(
        "a remote key (*, ** and ? are wildcards; no brackets, braces or backslashes, and no ! in "
        "front)",
        pattern=r"[^!\[\]{}\\\x00-\x1f][^\[\]{}\\\x00-\x1f]*",
        least=1,
    )
)


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """Lists of what is allowed; None narrows nothing.

    Attributes:
        providers: keys under ``spec.provider`` of stores.
        hosts: of endpoints, also with a port; ``*`` is within one label.
        namespaces: of ExternalSecrets, and so of what they build.
        targets: names of what is built.
        remote_keys: what stores are asked for; ``*`` is within one part of a path.
    """

    CHOICES: ClassVar[tuple[Choice, ...]] = (
        Choice(("providers", "hosts", "namespaces", "targets", "remoteKeys"), least=1, most=0),
    )

    providers: tuple[str, ...] | None = field(default=None, metadata=_PROVIDER)
    hosts: tuple[str, ...] | None = field(default=None, metadata=_HOST)
    namespaces: tuple[str, ...] | None = field(default=None, metadata=_NAME)
    targets: tuple[str, ...] | None = field(default=None, metadata=_NAME)
    remote_keys: tuple[str, ...] | None = field(default=None, metadata=_KEY)


@dataclass(frozen=True, slots=True)
class _Whole:
    """The document from the top; nothing of the metadata counts."""

    api_version: str = field(metadata=one_of(API_VERSION))
    kind: str = field(metadata=one_of(KIND))
    spec: PolicySpec
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, and where it stands."""

    spec: PolicySpec
    document: Document

    def place(self, field_name: str) -> Location:
        """Return where a list of the spec stands, as the manifest names it."""
        return self.document.place(("spec", field_name))


def policy(document: Document) -> Policy:
    """Return the policy that ``document`` is.

    Raises:
        ManifestError: it is none, or has an error; of several, all are in ``Rejected.errors``.
    """
    whole, errors = examine(_Whole, document.body, at_path=(), document=document)
    spec = document.body.get("spec")
    # Elsewhere null is as good as absent; here that would allow what was meant to be narrowed.
    for name, member in spec.items() if isinstance(spec, dict) else ():
        if member is None:
            path = ("spec", str(name))
            at = document.place(path)
            errors.append(WrongType(path, at=at, found=None, wanted="a list"))
    if len(errors) == 1:
        raise errors[0]
    if whole is None or errors:
        raise Rejected(sorted(errors, key=lambda error: error.at.line if error.at else 0))
    return Policy(whole.spec, document)
