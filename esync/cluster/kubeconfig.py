"""Reads kubeconfig files as kubectl does, and nothing of them but the chosen context.

Only PyYAML is needed, so that a namespace can be had without the Kubernetes client.

Source:
    Kubernetes, "Organizing Cluster Access Using kubeconfig Files"; kubectl 1.32.
"""

from __future__ import annotations

import os
from contextlib import suppress
from copy import deepcopy
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import Unreachable
from esync.errors import near
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.cluster.options import ConnectOptions

IN_CLUSTER: Final = "in-cluster"
DEFAULT_NAMESPACE: Final = "default"
_NO_CLUSTER: Final = "pass --kubeconfig or set KUBECONFIG; render and validate work without one"
# The fields that name files, relative to the kubeconfig that holds them.
_CLUSTER_FILES: Final = ("certificate-authority",)
_USER_FILES: Final = ("client-certificate", "client-key", "tokenFile")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One context with what it names. File names are absolute.

    Attributes:
        context: its name; ``in-cluster`` in a Pod.
        namespace: the context's, else ``default``.
        server: URL of the API server.
        cluster, user: as in the kubeconfig; empty in a Pod.
        user_name, file: who the user is, and where he stands; empty in a Pod.
    """

    context: str
    namespace: str = DEFAULT_NAMESPACE
    server: str = ""
    cluster: Mapping[str, Any] = field(default_factory=dict, repr=False)
    user: Mapping[str, Any] = field(default_factory=dict, repr=False)
    user_name: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class _Merged:
    """Several files as one: the first that has an entry of some name wins."""

    current: str
    contexts: Mapping[str, tuple[str, Mapping[str, Any]]]
    clusters: Mapping[str, tuple[str, Mapping[str, Any]]]
    users: Mapping[str, tuple[str, Mapping[str, Any]]]


def default_namespace(options: ConnectOptions) -> str:
    """Return the namespace of the context, or ``default`` whatever is wrong with it."""
    try:
        return choose(options).namespace
    except Unreachable:
        return DEFAULT_NAMESPACE


def choose(options: ConnectOptions) -> Chosen:
    """Return the context that flags, environment and files name; or the Pod's own.

    Raises:
        Unreachable: there is none, or a file is missing, unreadable or malformed.
    """
    files = [one for one in _files(options) if os.path.lexists(one)]
    if not files and not options.kubeconfig and _is_pod(options):
        return _pod(options)
    if options.kubeconfig and not files:
        raise Unreachable(f'there is no kubeconfig "{options.kubeconfig}"', hint=_NO_CLUSTER)
    merged = _merge(files)
    name = options.context or merged.current
    if not name:
        raise _unset(merged, files)
    return _chosen(name, merged)


def choose_in(content: bytes) -> Chosen:
    """Return the current context of a kubeconfig that is no file; its file names stay relative.

    Raises:
        Unreachable: there is none, or the text is no kubeconfig. Names in it may be quoted.
    """
    parsed = _parsed(content, "")
    tables = {
        plural: {name: ("", entry) for name, entry in _entries("", parsed, plural)}
        for plural in ("contexts", "clusters", "users")
    }
    merged = _Merged(str(parsed.get("current-context") or ""), **tables)
    if not merged.current:
        raise _unset(merged, [""])
    return _chosen(merged.current, merged)


def keep_tokens(chosen: Chosen, tokens: Mapping[str, str | None]) -> None:
    """Write refreshed tokens into the kubeconfig, as kubectl does.

    An issuer may accept a refresh token once only: kept for ourselves, the new one would lock the
    user out. A kubeconfig that cannot be written is left as it is.
    """
    import yaml

    target = Path(chosen.file).resolve()
    content = deepcopy(_load(str(target)))
    for name, user in _entries(str(target), content, "users"):
        if name == chosen.user_name:
            user["auth-provider"]["config"].update(tokens)
            break
    beside = target.with_name(f".{target.name}.esync")
    with suppress(OSError):
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            yaml.safe_dump(content, file, sort_keys=False)
        beside.replace(target)


def _files(options: ConnectOptions) -> list[str]:
    environ = options.environ
    if options.kubeconfig:
        return [options.kubeconfig]
    if listed := environ.get("KUBECONFIG"):
        return [file for file in listed.split(os.pathsep) if file]
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return [str(Path(home) / ".kube" / "config")] if home else []


def _is_pod(options: ConnectOptions) -> bool:
    return (
        options.in_cluster
        and bool(options.environ.get("KUBERNETES_SERVICE_HOST"))
        and bool(options.environ.get("KUBERNETES_SERVICE_PORT"))
        and (options.service_account / "token").is_file()
    )


def _pod(options: ConnectOptions) -> Chosen:
    if options.context:
        raise Unreachable(
            f'there is no context "{options.context}": no kubeconfig was found', hint=_NO_CLUSTER
        )
    host = options.environ["KUBERNETES_SERVICE_HOST"]
    address = f"[{host}]" if ":" in host else host
    try:
        namespace = (options.service_account / "namespace").read_text().strip()
    except OSError:
        namespace = ""
    return Chosen(
        IN_CLUSTER,
        namespace or DEFAULT_NAMESPACE,
        f"https://{address}:{options.environ['KUBERNETES_SERVICE_PORT']}",
    )


def _merge(files: list[str]) -> _Merged:
    current = ""
    tables: dict[str, dict[str, tuple[str, Mapping[str, Any]]]]
    tables = {"contexts": {}, "clusters": {}, "users": {}}
    for file in files:
        content = _load(file)
        current = current or str(content.get("current-context") or "")
        for plural, table in tables.items():
            for name, entry in _entries(file, content, plural):
                table.setdefault(name, (file, entry))
    return _Merged(current, tables["contexts"], tables["clusters"], tables["users"])


def _load(file: str) -> Mapping[str, Any]:
    try:
        return _parsed(Path(file).read_bytes(), file)
    except OSError as error:
        raise Unreachable(f'cannot read kubeconfig "{file}": {error.strerror}') from None


@lru_cache(maxsize=8)  # a start asks for names, server and credentials, one after the other
def _parsed(text: bytes, file: str) -> Mapping[str, Any]:
    import yaml

    try:
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # The parser quotes the line at fault, which may hold a token.
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise Unreachable(f'kubeconfig "{file}"{line} is not YAML') from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _malformed(file, "is no mapping")
    return content


def _entries(
    file: str, content: Mapping[str, Any], plural: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    listed = content.get(plural) or []
    if not isinstance(listed, list):
        raise _malformed(file, f"has {plural} that are no list")
    for entry in listed:
        if not isinstance(entry, dict) or "name" not in entry:
            raise _malformed(file, f"has {plural} without a name")
        body = entry.get(plural.removesuffix("s")) or {}
        if not isinstance(body, dict):
            raise _malformed(file, f"has {plural} that are no mappings")
        yield str(entry["name"]), body


def _chosen(name: str, merged: _Merged) -> Chosen:
    if name not in merged.contexts:
        listed = ", ".join(sorted(merged.contexts)) or "none"
        hint = near(name, merged.contexts, otherwise=f"the kubeconfig has: {listed}")
        raise Unreachable(f'there is no context "{name}" in the kubeconfig', hint=hint)
    context = merged.contexts[name][1]
    cluster_name = str(context.get("cluster") or "")
    user_name = str(context.get("user") or "")
    if cluster_name not in merged.clusters:
        raise Unreachable(f'context "{name}" names cluster "{cluster_name}", which is not defined')
    if user_name and user_name not in merged.users:
        raise Unreachable(f'context "{name}" names user "{user_name}", who is not defined')
    cluster_file, cluster = merged.clusters[cluster_name]
    user_file, user = merged.users.get(user_name, ("", {}))
    server = str(cluster.get("server") or "").rstrip("/")
    if not server:
        raise Unreachable(f'cluster "{cluster_name}" of the kubeconfig has no server')
    return Chosen(
        name,
        str(context.get("namespace") or DEFAULT_NAMESPACE),
        server if "://" in server else f"http://{server}",
        _absolute(cluster, _CLUSTER_FILES, cluster_file),
        _with_command(_absolute(user, _USER_FILES, user_file), user_file),
        user_name,
        user_file,
    )


def _absolute(entry: Mapping[str, Any], fields: tuple[str, ...], file: str) -> Mapping[str, Any]:
    """Return ``entry`` with those of its fields that name files made absolute; empty ones go."""
    kept = {key: value for key, value in entry.items() if value not in (None, "")}
    folder = Path(file).absolute().parent
    return kept | {key: str(folder / str(kept[key])) for key in fields if key in kept}


def _with_command(user: Mapping[str, Any], file: str) -> Mapping[str, Any]:
    """Find a plugin that is named by a relative path beside the kubeconfig, as kubectl does."""
    plugin = user.get("exec")
    if not isinstance(plugin, dict) or os.sep not in str(plugin.get("command") or ""):
        return user
    command = str(Path(file).absolute().parent / plugin["command"])
    return {**user, "exec": {**plugin, "command": command}}


def _unset(merged: _Merged, files: list[str]) -> Unreachable:
    if merged.contexts:
        listed = ", ".join(sorted(merged.contexts))
        return Unreachable(
            "the kubeconfig has no current context", hint=f"pass --context; it has: {listed}"
        )
    where = f'kubeconfig "{files[0]}" has no context' if files else "no kubeconfig was found"
    return Unreachable(f"no cluster is configured: {where}", hint=_NO_CLUSTER)


def _malformed(file: str, how: str) -> Unreachable:
    return Unreachable(f'kubeconfig "{file}" {how}')
