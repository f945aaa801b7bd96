"""What Google Secret Manager remembers and how it answers, after its API reference.

Requests and answers are the official client's own types. Names are given back with the project's
number, as the real service does, and are understood with its id or number.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from threading import RLock
from typing import Any

from google.cloud.secretmanager_v1.types import resources, service

from tests.servers.crc32c import crc32c

_ENABLED = resources.SecretVersion.State.ENABLED
_NAME = re.compile(
    r"projects/([^/]+)(/locations/[^/]+)?(?:/secrets/([^/]+)(?:/versions/([^/]+))?)?"
)
_PAGE = 25_000


class RpcError(Exception):
    """A call fails with ``code``, the name of a gRPC status."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class _Secret:
    """A secret, its versions in order of creation, and their payloads."""

    meta: Any
    versions: list[Any] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)


class SecretManager:
    """The service, in memory. Safe to call from several threads at once."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._numbers: dict[str, str] = {}
        self._secrets: dict[str, _Secret] = {}
        self._clock = datetime.now(UTC)

    def reset(self) -> None:
        """Forget every secret."""
        with self._lock:
            self._secrets.clear()

    def call(self, method: str, request: Any) -> Any:
        """Carry out ``method``, such as ``AccessSecretVersion``, and return a copy of its answer.

        Raises:
            RpcError: it cannot be done.
        """
        with self._lock:
            answer = METHODS[method].run(self, request)
            return None if answer is None else type(answer)(answer)

    def create_secret(self, request: Any) -> Any:
        """Add a secret without versions."""
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,255}", request.secret_id):
            raise RpcError("INVALID_ARGUMENT", f"Secret ID [{request.secret_id}] is not valid.")
        name = f"{self._canonical(request.parent)}/secrets/{request.secret_id}"
        if name in self._secrets:
            raise RpcError("ALREADY_EXISTS", f"Secret [{name}] already exists.")
        meta = resources.Secret(request.secret)
        meta.name, meta.create_time, meta.etag = name, self._now(), _etag()
        self._secrets[name] = _Secret(meta)
        return meta

    def get_secret(self, request: Any) -> Any:
        """Return a secret's metadata."""
        return self._secret(request.name).meta

    def update_secret(self, request: Any) -> Any:
        """Change the fields that the mask names."""
        meta = self._secret(request.secret.name).meta
        _same_etag(meta, request.secret.etag)
        for path in request.update_mask.paths:
            setattr(meta, path, getattr(request.secret, path))
        meta.etag = _etag()
        return meta

    def delete_secret(self, request: Any) -> None:
        """Remove a secret with all its versions."""
        meta = self._secret(request.name).meta
        _same_etag(meta, request.etag)
        del self._secrets[meta.name]

    def list_secrets(self, request: Any) -> Any:
        """Return the secrets of one parent that the filter lets through, the newest first."""
        prefix = f"{self._canonical(request.parent)}/secrets/"
        metas = (stored.meta for name, stored in self._secrets.items() if name.startswith(prefix))
        kept = [meta for meta in reversed(list(metas)) if _passes(meta, request.filter)]
        page, token = _page(kept, request)
        return service.ListSecretsResponse(
            secrets=page, next_page_token=token, total_size=len(kept)
        )

    def add_secret_version(self, request: Any) -> Any:
        """Add a version with a payload; it is ``latest`` from now on."""
        stored = self._secret(request.parent)
        data, checksum = request.payload.data, request.payload.data_crc32c
        if checksum and checksum != crc32c(data):
            raise RpcError("INVALID_ARGUMENT", "The payload does not match its checksum.")
        version = resources.SecretVersion(
            name=f"{stored.meta.name}/versions/{len(stored.versions) + 1}",
            create_time=self._now(),
            state=_ENABLED,
            etag=_etag(),
        )
        stored.versions.append(version)
        stored.payloads.append(data)
        return version

    def get_secret_version(self, request: Any) -> Any:
        """Return a version's metadata."""
        stored, index = self._version(request.name)
        return stored.versions[index]

    def access_secret_version(self, request: Any) -> Any:
        """Return an enabled version's payload."""
        stored, index = self._version(request.name)
        version, data = stored.versions[index], stored.payloads[index]
        if version.state != _ENABLED:
            message = f"Secret Version [{version.name}] is in {version.state.name} state."
            raise RpcError("FAILED_PRECONDITION", message)
        payload = resources.SecretPayload(data=data, data_crc32c=crc32c(data))
        return service.AccessSecretVersionResponse(name=version.name, payload=payload)

    def list_secret_versions(self, request: Any) -> Any:
        """Return the versions that the filter lets through, the newest first."""
        versions = reversed(self._secret(request.parent).versions)
        kept = [version for version in versions if _passes(version, request.filter)]
        page, token = _page(kept, request)
        return service.ListSecretVersionsResponse(
            versions=page, next_page_token=token, total_size=len(kept)
        )

    def enable_secret_version(self, request: Any) -> Any:
        """Make a disabled version readable again."""
        return self._switch(request, resources.SecretVersion.State.ENABLED)

    def disable_secret_version(self, request: Any) -> Any:
        """Make a version unreadable until it is enabled."""
        return self._switch(request, resources.SecretVersion.State.DISABLED)

    def destroy_secret_version(self, request: Any) -> Any:
        """Drop a version's payload for good."""
        stored, index = self._version(request.name)
        stored.payloads[index] = b""
        version = self._switch(request, resources.SecretVersion.State.DESTROYED)
        version.destroy_time = self._now()
        return version

    def _switch(self, request: Any, state: Any) -> Any:
        stored, index = self._version(request.name)
        version = stored.versions[index]
        _same_etag(version, request.etag)
        if version.state == resources.SecretVersion.State.DESTROYED:
            raise RpcError("FAILED_PRECONDITION", f"[{version.name}] is in DESTROYED state.")
        version.state, version.etag = state, _etag()
        return version

    def _secret(self, name: str) -> _Secret:
        canonical = self._canonical(name)
        if canonical not in self._secrets:
            raise RpcError("NOT_FOUND", f"Secret [{canonical}] not found or has no versions.")
        return self._secrets[canonical]

    def _version(self, name: str) -> tuple[_Secret, int]:
        """Find a version by number, alias or ``latest``, which is the newest even if disabled."""
        secret, _, version = name.partition("/versions/")
        stored = self._secret(secret)
        number = stored.meta.version_aliases.get(version, version)
        if number == "latest" and stored.versions:
            return stored, len(stored.versions) - 1
        if str(number).isdigit() and 1 <= int(number) <= len(stored.versions):
            return stored, int(number) - 1
        label = f"{stored.meta.name}/versions/{version}"
        raise RpcError("NOT_FOUND", f"Secret Version [{label}] not found.")

    def _canonical(self, name: str) -> str:
        """Replace the project's id by its number.

        Raises:
            RpcError: this is no name of a project, a location, a secret or a version.
        """
        match = _NAME.fullmatch(name)
        if not match:
            raise RpcError("INVALID_ARGUMENT", f"The name [{name}] is not valid.")
        project = match[1]
        if not project.isdigit():
            fresh = str(100_000_000_000 + len(self._numbers))
            project = self._numbers.setdefault(project, fresh)
        return f"projects/{project}" + name[match.end(1) :]

    def _now(self) -> datetime:
        """Return a time later than any before."""
        self._clock = max(datetime.now(UTC), self._clock + timedelta(microseconds=1))
        return self._clock


@dataclass(frozen=True, slots=True)
class Method:
    """One call of the API: its request's type, the field that names its object, how it is done."""

    request: Any
    subject: str
    run: Callable[[SecretManager, Any], Any]


METHODS = {
    "CreateSecret": Method(service.CreateSecretRequest, "parent", SecretManager.create_secret),
    "GetSecret": Method(service.GetSecretRequest, "name", SecretManager.get_secret),
    "UpdateSecret": Method(service.UpdateSecretRequest, "secret.name", SecretManager.update_secret),
    "DeleteSecret": Method(service.DeleteSecretRequest, "name", SecretManager.delete_secret),
    "ListSecrets": Method(service.ListSecretsRequest, "parent", SecretManager.list_secrets),
    "AddSecretVersion": Method(
        service.AddSecretVersionRequest, "parent", SecretManager.add_secret_version
    ),
    "GetSecretVersion": Method(
        service.GetSecretVersionRequest, "name", SecretManager.get_secret_version
    ),
    "AccessSecretVersion": Method(
        service.AccessSecretVersionRequest, "name", SecretManager.access_secret_version
    ),
    "ListSecretVersions": Method(
        service.ListSecretVersionsRequest, "parent", SecretManager.list_secret_versions
    ),
    "EnableSecretVersion": Method(
        service.EnableSecretVersionRequest, "name", SecretManager.enable_secret_version
    ),
    "DisableSecretVersion": Method(
        service.DisableSecretVersionRequest, "name", SecretManager.disable_secret_version
    ),
    "DestroySecretVersion": Method(
        service.DestroySecretVersionRequest, "name", SecretManager.destroy_secret_version
    ),
}


def _passes(item: Any, expression: str) -> bool:
    """Tell whether ``item`` fulfils every term of a filter: ``name:``, ``state:``, ``labels.``."""
    return all(_fulfils(item, term) for term in expression.split())


def _fulfils(item: Any, term: str) -> bool:
    match = re.fullmatch(r"(name|state|labels\.[a-z0-9_-]+)([:=])(.*)", term)
    if not match:
        raise RpcError("INVALID_ARGUMENT", f"The filter term [{term}] is not understood here.")
    field_name, operator, wanted = match.groups()
    if field_name == "state":
        return str(item.state.name) == wanted
    if field_name.startswith("labels."):
        return bool(item.labels.get(field_name.removeprefix("labels.")) == wanted)
    return wanted in item.name if operator == ":" else item.name == wanted


def _page(items: list[Any], request: Any) -> tuple[Iterable[Any], str]:
    """Cut out the page that ``request`` asks for, and name the one after it."""
    start = int(request.page_token or 0)
    end = start + (request.page_size or _PAGE)
    return items[start:end], str(end) if end < len(items) else ""


def _etag() -> str:
    return f'"{token_hex(8)}"'


def _same_etag(item: Any, etag: str) -> None:
    if etag and etag != item.etag:
        raise RpcError("ABORTED", f"The etag of [{item.name}] does not match.")
