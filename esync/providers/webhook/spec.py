"""The settings under ``spec.provider.webhook``, and what is wrong with them.

Source:
    External Secrets Operator 2.9, webhook provider.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, ClassVar, Final

from esync.gocompat.durations import parse_duration
from esync.manifests.errors import spelled
from esync.manifests.formats import DURATION, NONEMPTY, Choice
from esync.manifests.store import (  # noqa: TC001 - the reader looks at annotations
    CaProvider,
    SecretSelector,
)
from esync.providers.contract import BadStore
from esync.providers.settings import errors_in, usable
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from esync.errors import EsyncError
    from esync.manifests.document import Path
    from esync.manifests.store import Store

_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """A Secret; templates see all of its keys under ``name``, whatever the selector's key."""

    name: str
    secret_ref: SecretSelector


@dataclass(frozen=True, slots=True)
class WebhookResult:
    """What of the answer counts."""

    json_path: str = ""


@dataclass(frozen=True, slots=True)
class Ntlm:
    """A user of a Windows domain."""

    username_secret: SecretSelector
    password_secret: SecretSelector


@dataclass(frozen=True, slots=True)
class WebhookAuth:
    """A sign-in that is no header."""

    CHOICES: ClassVar = (Choice(("ntlm",)),)

    ntlm: Ntlm | None = None


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    """What stands under ``spec.provider.webhook``; texts are templates."""

    url: str = field(metadata=NONEMPTY)
    method: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    timeout: str = field(default="", metadata=DURATION)
    result: WebhookResult = field(default_factory=WebhookResult)
    secrets: tuple[WebhookSecret, ...] = ()
    auth: WebhookAuth | None = None
    ca_bundle: str = ""
    ca_provider: CaProvider | None = None

    @property
    def patience(self) -> float | None:
        """Seconds that one request may take, from its begin to the end of the answer."""
        return parse_duration(self.timeout) / _SECOND if self.timeout else None

    @property
    def ntlm(self) -> Ntlm | None:
        """The user who signs in, if one does."""
        return self.auth.ntlm if self.auth else None


def read_spec(store: Store) -> WebhookSpec:
    """Return the settings.

    Raises:
        Rejected: they are not what the API accepts.
        BadStore: they cannot work.
    """
    return usable(WebhookSpec, store, _problems)


def errors_of(store: Store) -> Sequence[EsyncError]:
    """Return what can never work; the operator's admission looks at nothing here."""
    return errors_in(WebhookSpec, store, _problems)


def _problems(spec: WebhookSpec, store: Store) -> Iterator[EsyncError]:
    selectors: list[tuple[Path, SecretSelector]] = [
        (("secrets", index, "secretRef"), secret.secret_ref)
        for index, secret in enumerate(spec.secrets)
    ]
    logins: list[tuple[Path, SecretSelector]] = (
        [
            (("auth", "ntlm", "usernameSecret"), spec.ntlm.username_secret),
            (("auth", "ntlm", "passwordSecret"), spec.ntlm.password_secret),
        ]
        if spec.ntlm
        else []
    )
    for path, selector in selectors + logins:
        if store.is_cluster_wide and not selector.namespace:
            yield BadStore(
                f"{spelled(path)}: a ClusterSecretStore needs a namespace here",
                at=store.place(*path),
            )
    for path, selector in logins:
        if not selector.key:
            yield BadStore(f"{spelled(path)}: key is missing", at=store.place(*path))
