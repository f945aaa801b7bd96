"""Which hosts the stores are reached at, as far as their settings tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.manifests.store import Store

_HTTPS: Final = 443
_HTTP: Final = 80
# Where settings spell a URL, by provider.
_URLS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "akeyless": (("akeylessGWApiURL",),),
    "azurekv": (("vaultUrl",),),
    "crd": (("server", "url"),),
    "ibm": (("serviceUrl",), ("auth", "containerAuth", "iamEndpoint")),
    "kubernetes": (("server", "url"),),
    "openBao": (("server",),),
    "vault": (("server",),),
    "webhook": (("url",),),
}
# What a provider reaches whatever its settings; REGION is that of the settings.
_ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws": ("SERVICE.REGION.amazonaws.com", "sts.REGION.amazonaws.com"),
    "azurekv": ("the sign-in host of the Azure cloud",),
    "gcpsm": (
        "secretmanager.googleapis.com",
        "oauth2.googleapis.com",
        "sts.googleapis.com",
        "iamcredentials.googleapis.com",
    ),
    "ibm": ("iam.cloud.ibm.com",),
}
_DEFAULTS: Final = {"akeyless": "https://api.akeyless.io"}
_AWS_SERVICES: Final = {
    "SecretsManager": "secretsmanager",
    "ParameterStore": "ssm",
    "CertificateManager": "acm",
}


@dataclass(frozen=True, slots=True, order=True)
class Host:
    """One host and its port; the name is no DNS name where the settings do not tell it."""

    name: str
    port: int = _HTTPS


def hosts(store: Store) -> Iterator[Host]:
    """Yield the hosts of ``store``; the API server of the run's own cluster is not among them."""
    if store.provider == "fake":
        return
    known = False
    for path in _URLS.get(store.provider, ()):
        url = _at(store.settings, path) or _DEFAULTS.get(store.provider, "")
        if url:
            known = True
            yield from _of_url(url, store)
    for name in _ALWAYS.get(store.provider, ()):
        known = True
        yield Host(_filled(name, store.settings))
    own_cluster = store.provider in {"kubernetes", "crd"}
    if not known and not own_cluster:
        yield Host(f"whatever {store.kind} {store.name} names")


def _of_url(url: str, store: Store) -> Iterator[Host]:
    if "{{" in url.split("/")[2 if "://" in url else 0]:
        yield Host(f"the host that the template of {store.kind} {store.name} makes")
        return
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port = parts.port or (_HTTP if parts.scheme == "http" else _HTTPS)
    except ValueError:
        return
    host = parts.hostname or ""
    if host and not host.startswith("kubernetes.default"):
        yield Host(host, port)


def _filled(name: str, settings: Mapping[str, Any]) -> str:
    service = _AWS_SERVICES.get(str(settings.get("service")), "secretsmanager")
    region = settings.get("region")
    region = region if isinstance(region, str) and region else "REGION"
    return name.replace("SERVICE", service).replace("REGION", region)


def _at(settings: Any, path: tuple[str, ...]) -> str:
    for word in path:
        settings = settings.get(word) if isinstance(settings, dict) else None
    return settings if isinstance(settings, str) else ""
