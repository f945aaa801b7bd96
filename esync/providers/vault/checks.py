"""What is wrong with the settings of a store, told before anybody is asked.

Source:
    External Secrets Operator 2.9, Vault provider: admission, and what its client refuses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esync.providers.contract import BadStore
from esync.providers.selectors import selector_errors
from esync.providers.settings import errors_in, usable
from esync.providers.vault.paths import KvVersion
from esync.providers.vault.spec import VaultSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.errors import EsyncError
    from esync.manifests.store import Store
    from esync.providers.vault.spec import Auth

# The region becomes part of a host name, and must not bring a host of its own.
_REGION: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_HEADER_NAME: Final = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")


def read_spec(store: Store) -> VaultSpec:
    """Return the settings, defaulted.

    Raises:
        Rejected: they are not what the API accepts.
        BadStore: they cannot work.
    """
    return usable(VaultSpec, store, _rule_errors)


def errors_of(store: Store) -> Sequence[EsyncError]:
    """Return everything that the operator's admission would refuse, and what can never work."""
    return errors_in(VaultSpec, store, _rule_errors, _namespace_errors)


def _rule_errors(spec: VaultSpec, store: Store) -> Iterator[BadStore]:
    yield from _header_errors(spec, store)
    if (spec.tls.cert_secret_ref is None) != (spec.tls.key_secret_ref is None):
        yield BadStore("tls: certSecretRef and keySecretRef belong together", at=store.place("tls"))
    if spec.check_and_set.required and spec.version is KvVersion.V1:
        yield BadStore("checkAndSet: KV v1 has no versions", at=store.place("checkAndSet"))
    if spec.auth is not None:
        yield from _auth_errors(spec.auth, store)


def _header_errors(spec: VaultSpec, store: Store) -> Iterator[BadStore]:
    for name, value in spec.headers.items():
        if not _HEADER_NAME.fullmatch(name) or not value.isascii() or not _is_line(value):
            yield BadStore(
                "headers: a name or value is none that HTTP can carry", at=store.place("headers")
            )


def _is_line(text: str) -> bool:
    return text.replace("\t", " ").isprintable()


def _auth_errors(auth: Auth, store: Store) -> Iterator[BadStore]:
    at = store.place("auth")
    if auth.method is None:
        yield BadStore(
            "auth names no method",
            at=at,
            hint="give it one, or leave auth out to use the token of the process",
        )
    if auth.app_role and not (auth.app_role.role_id or auth.app_role.role_ref):
        yield BadStore("auth.appRole: roleId or roleRef is missing", at=at)
    if auth.jwt and not (auth.jwt.secret_ref or auth.jwt.kubernetes_service_account_token):
        yield BadStore(
            "auth.jwt: secretRef or kubernetesServiceAccountToken is missing",
            at=store.place("auth", "jwt"),
        )
    if auth.iam and not _REGION.fullmatch(auth.iam.region):
        yield BadStore("auth.iam: region is none", at=at, hint="write it as eu-central-1")
    yield from _missing_references(auth, store)


def _missing_references(auth: Auth, store: Store) -> Iterator[BadStore]:
    """Yield what the schema does not demand, and the sign-in does."""
    wanted: dict[tuple[str, str], object] = {
        ("ldap", "secretRef"): auth.ldap is None or auth.ldap.secret_ref,
        ("userPass", "secretRef"): auth.user_pass is None or auth.user_pass.secret_ref,
        ("cert", "clientCert"): auth.cert is None or auth.cert.client_cert,
        ("cert", "secretRef"): auth.cert is None or auth.cert.secret_ref,
    }
    if auth.iam and auth.iam.jwt:
        wanted["iam", "jwt.serviceAccountRef"] = auth.iam.jwt.service_account_ref
    elif auth.iam and auth.iam.secret_ref:
        keys = auth.iam.secret_ref
        wanted["iam", "secretRef.accessKeyIDSecretRef"] = keys.access_key_id
        wanted["iam", "secretRef.secretAccessKeySecretRef"] = keys.secret_access_key
    if auth.gcp and auth.gcp.secret_ref:
        selector = auth.gcp.secret_ref.secret_access_key
        wanted["gcp", "secretRef.secretAccessKeySecretRef"] = selector.name
    for (method, name), found in wanted.items():
        if not found:
            yield BadStore(f"auth.{method}: {name} is missing", at=store.place("auth", method))


def _namespace_errors(spec: VaultSpec, store: Store) -> Iterator[BadStore]:
    yield from selector_errors(store, spec.tls.cert_secret_ref, "tls", "certSecretRef")
    yield from selector_errors(store, spec.tls.key_secret_ref, "tls", "keySecretRef")
    auth = spec.auth
    if auth is None:
        return
    yield from selector_errors(store, auth.token_secret_ref, "auth", "tokenSecretRef")
    if app_role := auth.app_role:
        yield from selector_errors(store, app_role.role_ref, "auth", "appRole", "roleRef")
        yield from selector_errors(store, app_role.secret_ref, "auth", "appRole", "secretRef")
    for name, user in (("ldap", auth.ldap), ("userPass", auth.user_pass)):
        if user:
            yield from selector_errors(store, user.secret_ref, "auth", name, "secretRef")
    if cert := auth.cert:
        yield from selector_errors(store, cert.client_cert, "auth", "cert", "clientCert")
        yield from selector_errors(store, cert.secret_ref, "auth", "cert", "secretRef")
    yield from _token_errors(auth, store)
    yield from _cloud_errors(auth, store)


def _token_errors(auth: Auth, store: Store) -> Iterator[BadStore]:
    if kubernetes := auth.kubernetes:
        account, secret = kubernetes.service_account_ref, kubernetes.secret_ref
        yield from selector_errors(store, account, "auth", "kubernetes", "serviceAccountRef")
        yield from selector_errors(store, secret, "auth", "kubernetes", "secretRef")
    if jwt := auth.jwt:
        yield from selector_errors(store, jwt.secret_ref, "auth", "jwt", "secretRef")
        if token := jwt.kubernetes_service_account_token:
            path = ("auth", "jwt", "kubernetesServiceAccountToken")
            yield from selector_errors(store, token.service_account_ref, *path, "serviceAccountRef")


def _cloud_errors(auth: Auth, store: Store) -> Iterator[BadStore]:
    path = ("auth", "iam")
    if auth.iam and auth.iam.jwt:
        account = auth.iam.jwt.service_account_ref
        yield from selector_errors(store, account, *path, "jwt", "serviceAccountRef")
    if auth.iam and (keys := auth.iam.secret_ref):
        named = {
            "accessKeyIDSecretRef": keys.access_key_id,
            "secretAccessKeySecretRef": keys.secret_access_key,
            "sessionTokenSecretRef": keys.session_token,
        }
        for name, selector in named.items():
            yield from selector_errors(store, selector, *path, "secretRef", name)
