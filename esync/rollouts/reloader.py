"""What Stakater Reloader would do when a Secret changes, by its annotations and settings. Pure.

Source:
    Stakater Reloader: annotations, the ConfigMap ``reloader-meta-info``, how a change is marked.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from esync.records import dataclass
from esync.rollouts.uses import marked_container

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

META_INFO: Final = "reloader-meta-info"
META_INFO_LABEL: Final = "reloader.stakater.com/meta-info=reloader"
ENV_VARS: Final = "env-vars"
ANNOTATIONS: Final = "annotations"
_OPTIONS: Final = "reloaderOptions"
# What Go reads as true; everything else counts as false.
_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_CRON_JOBS: Final = "cronjobs"
_SECRETS: Final = "secrets"


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of the annotations, which an administrator can change."""

    named: str = "secret.reloader.stakater.com/reload"
    auto: str = "reloader.stakater.com/auto"
    typed_auto: str = "secret.reloader.stakater.com/auto"
    search: str = "reloader.stakater.com/search"
    match: str = "reloader.stakater.com/match"
    ignore: str = "reloader.stakater.com/ignore"
    exclude: str = "secrets.exclude.reloader.stakater.com/reload"


# The members of reloaderOptions that hold them.
_RENAMED: Final = {
    "named": "secretUpdateOnChangeAnnotation",
    "auto": "reloaderAutoAnnotation",
    "typed_auto": "secretReloaderAutoAnnotation",
    "search": "autoSearchAnnotation",
    "match": "searchMatchAnnotation",
    "ignore": "ignoreResourceAnnotation",
    "exclude": "secretExcludeReloaderAnnotation",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How a Reloader was started; the defaults where none is known.

    Attributes:
        running: one runs in the cluster, so that it acts by itself.
        strategy: how it marks a change: ``annotations``, or whatever else for ``env-vars``.
        auto_all: it restarts what uses a changed Secret without any annotation.
        ignores: resources and workload types that it leaves alone, in lower case.
        namespace_selectors: in text form; only namespaces that one of them chooses are looked at.
        resource_selectors: the same for Secrets.
    """

    running: bool = False
    strategy: str = ENV_VARS
    auto_all: bool = False
    keys: Keys = field(default_factory=Keys)
    namespaces_to_ignore: frozenset[str] = frozenset()
    ignores: frozenset[str] = frozenset()
    namespace_selectors: tuple[str, ...] = ()
    resource_selectors: tuple[str, ...] = ()

    def ignores_namespace(self, namespace: str) -> bool:
        """Tell whether it leaves the Secrets of a namespace alone."""
        return namespace in self.namespaces_to_ignore or _SECRETS in self.ignores


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a changed Secret restarts a workload.

    Attributes:
        rule: what says so; empty if nothing does.
        container: where Reloader marks the change.
        notes: entries of a list that are no expressions.
    """

    rule: str = ""
    container: str = ""
    notes: tuple[str, ...] = ()


def settings_of(body: Mapping[str, Any]) -> Settings:
    """Read the ConfigMap that a running Reloader publishes; what it lacks is as by default."""
    try:
        options = json.loads((body.get("data") or {}).get(_OPTIONS) or "{}")
    except ValueError:
        options = {}
    if not isinstance(options, dict):
        options = {}
    renamed = {name: str(options[key]) for name, key in _RENAMED.items() if options.get(key)}
    ignores = [*_words(options, "resourcesToIgnore"), *_words(options, "workloadTypesToIgnore")]
    return Settings(
        running=True,
        strategy=str(options.get("reloadStrategy") or ENV_VARS),
        auto_all=_is_true(str(options.get("autoReloadAll", ""))),
        keys=Keys(**renamed),
        namespaces_to_ignore=frozenset(_words(options, "namespacesToIgnore")),
        ignores=frozenset(one.lower() for one in ignores),
        namespace_selectors=tuple(_words(options, "namespaceSelectors")),
        resource_selectors=tuple(_words(options, "resourceSelectors")),
    )


def is_ignored(settings: Settings, secret: Mapping[str, str]) -> bool:
    """Tell whether a Secret with these annotations restarts nothing."""
    return secret.get(settings.keys.ignore) == "true"


def is_excluded(settings: Settings, workload: Mapping[str, str], name: str) -> bool:
    """Tell whether a workload with these annotations of its own never restarts for a Secret."""
    return name in _split(workload.get(settings.keys.exclude, ""))


def verdict(
    settings: Settings, name: str, secret: Mapping[str, str], workload: Mapping[str, Any]
) -> Verdict:
    """Tell whether a change of a Secret restarts a workload of its namespace.

    Args:
        settings: of the Reloader.
        name: of the Secret.
        secret: its annotations.
        workload: the object, with a Pod template where Deployments have it, or a CronJob.
    """
    own = (workload.get("metadata") or {}).get("annotations") or {}
    if workload.get("kind") == "CronJob" and _CRON_JOBS in settings.ignores:
        return Verdict()
    if is_ignored(settings, secret) or is_excluded(settings, own, name):
        return Verdict()
    template = template_of(workload)
    annotations = _source(settings.keys, own, template)
    spec = template.get("spec") or {}
    matched, notes = _named(settings.keys, annotations, name)
    if matched:
        container = marked_container(spec, name, explicit=True)
        return Verdict(f"{settings.keys.named}: {matched}", container, notes)
    rule = _automatic(settings, annotations, secret)
    container = marked_container(spec, name, explicit=False) if rule else ""
    return Verdict(rule if container else "", container, notes)


def template_of(workload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the Pod template of a workload."""
    spec = workload.get("spec") or {}
    if workload.get("kind") == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    return spec.get("template") or {}


def variable(secret: str) -> str:
    """Return the environment variable in which Reloader marks a change of a Secret."""
    name = re.sub("[^A-Z0-9]+", "_", secret.upper()).removeprefix("_")
    return f"STAKATER_{name}_SECRET"


def digest(data: Mapping[str, bytes]) -> str:
    """Return what Reloader sets that variable to: SHA-1 over ``key=value``, sorted, with ``;``.

    It is unsalted: whoever may read workloads can guess short values from it. Nothing but a
    running Reloader, which writes the same, is a reason to use it.
    """
    texts = sorted(key.encode() + b"=" + value for key, value in data.items())
    return hashlib.sha1(b";".join(texts), usedforsecurity=False).hexdigest()


def _source(keys: Keys, own: Mapping[str, str], template: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the annotations that count: all of the workload's own, or all of its template's."""
    if any(key in own for key in (keys.named, keys.search, keys.auto, keys.typed_auto)):
        return own
    return (template.get("metadata") or {}).get("annotations") or {}


def _named(keys: Keys, annotations: Mapping[str, str], name: str) -> tuple[str, tuple[str, ...]]:
    """Return the entry of the list that matches a name, and what is wrong with those before it."""
    notes: list[str] = []
    entries = _split(annotations.get(keys.named, ""))
    if entries:
        from esync.gocompat import regexp  # 4 ms, for those who name Secrets
    for entry in entries:
        try:
            # No group around it, as in Reloader: a|b starts with a, or ends with b.
            if regexp.search(regexp.compile(f"^{entry}$"), name.encode()):
                return entry, tuple(notes)
        except (regexp.RegexpError, regexp.TooLargeError):
            notes.append(f'"{entry}" in {keys.named} is no regular expression (RE2)')
    return "", tuple(notes)


def _automatic(
    settings: Settings, annotations: Mapping[str, str], secret: Mapping[str, str]
) -> str:
    keys = settings.keys
    if annotations.get(keys.search) == "true" and secret.get(keys.match) == "true":
        return f"{keys.search} and {keys.match}"
    for key in (keys.auto, keys.typed_auto):
        if _is_true(annotations.get(key, "")):
            return key
    silent = not (annotations.get(keys.auto) or annotations.get(keys.typed_auto))
    return "the Reloader restarts all (autoReloadAll)" if silent and settings.auto_all else ""


def _is_true(word: str) -> bool:
    return word in _TRUE


def _split(entries: str) -> list[str]:
    return [entry for entry in map(str.strip, entries.split(",")) if entry]


def _words(options: Mapping[str, Any], key: str) -> Iterator[str]:
    """Yield the entries of a list, which older versions write as one text."""
    found = options.get(key) or ()
    yield from _split(found) if isinstance(found, str) else map(str, found)
