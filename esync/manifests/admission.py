"""What the operator's admission checks beyond the schema, all violations together.

Source: External Secrets Operator 2.9, its validating webhooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat.durations import DurationError, parse_duration
from esync.manifests.errors import BadFormat, ManifestError, spelled
from esync.manifests.externalsecret import CreationPolicy, DeletionPolicy
from esync.manifests.names import is_annotation_key, is_data_key, is_label_key, is_label_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from esync.errors import Location
    from esync.manifests.document import Document, Path
    from esync.manifests.externalsecret import (
        ClusterExternalSecret,
        DataFrom,
        ExternalSecret,
        ExternalSecretSpec,
        Template,
    )
    from esync.manifests.store import Store

SERVICE_ACCOUNT_TOKEN: Final = "kubernetes.io/service-account-token"
BOOTSTRAP_TOKEN: Final = "bootstrap.kubernetes.io/token"
_SERVICE_ACCOUNT_NAME: Final = "kubernetes.io/service-account.name"
_DATA_KEY: Final = "named as a key (letters, digits, dashes, underscores and dots; 253 at most)"
_LABEL: Final = (
    "named as name or domain/name (letters, digits, dashes, underscores and dots; 63 at most)"
)
_LABEL_VALUE: Final = (
    "the value of a label (letters, digits, dashes, underscores and dots; 63 at most)"
)
_SECRET_TARGETS: Final = frozenset({"", "data", "annotations", "labels"})
_KEEPS_WHAT_IT_DID_NOT_MAKE: Final = frozenset(
    {CreationPolicy.MERGE, CreationPolicy.NONE, CreationPolicy.CREATE_OR_MERGE}
)


class DeleteNeedsOwner(ManifestError):
    """``deletionPolicy: Delete`` on a Secret that the ExternalSecret does not own."""

    rule = "ES0130"


class MergeNeedsSecret(ManifestError):
    """``deletionPolicy: Merge`` without a Secret to merge into."""

    rule = "ES0131"


class NothingToFetch(ManifestError):
    """Neither ``data`` nor ``dataFrom`` has an entry."""

    rule = "ES0132"


class OneSourceEach(ManifestError):
    """An entry of ``dataFrom`` has several sources, or none."""

    rule = "ES0133"


class SecretKeyTwice(ManifestError):
    """Two entries of ``data`` make the same key."""

    rule = "ES0134"


class PrivilegedType(ManifestError):
    """A template makes a Secret that Kubernetes itself trusts."""

    rule = "ES0135"


class TemplateTarget(ManifestError):
    """``templateFrom[].target`` names what a Secret does not have."""

    rule = "ES0136"


class BadRegexp(ManifestError):
    """A regular expression is none."""

    rule = "ES0150"


class BadRefreshInterval(ManifestError):
    """A store's ``refreshInterval`` is no duration, or a negative one."""

    rule = "ES0151"


def external_secret(one: ExternalSecret) -> list[ManifestError]:
    """Return what the webhook would refuse in an ExternalSecret."""
    return list(_Spec(one.spec, one.document, ("spec",)).violations())


def cluster_external_secret(one: ClusterExternalSecret) -> list[ManifestError]:
    """Return what the webhook would refuse in the ExternalSecrets that it makes."""
    path = ("spec", "externalSecretSpec")
    return list(_Spec(one.spec.external_secret_spec, one.document, path).violations())


def store(one: Store) -> list[ManifestError]:
    """Return what the webhook would refuse in the part that all providers share."""
    return [*_bad_regexps(one), *_bad_interval(one)]


class _Spec:
    """The spec of an ExternalSecret, and where it stands."""

    def __init__(self, spec: ExternalSecretSpec, document: Document, path: Path) -> None:
        self._spec = spec
        self._document = document
        self._path = path

    def violations(self) -> Iterator[ManifestError]:
        yield from self._policies()
        if not self._spec.data and not self._spec.data_from:
            message = "there is neither data nor dataFrom: nothing would be fetched"
            yield NothingToFetch(message, at=self._at())
        for index, entry in enumerate(self._spec.data_from):
            yield from self._sources(entry, index)
        yield from self._keys()
        if self._spec.target.template is not None:
            yield from self._template(self._spec.target.template)

    def _at(self, *path: str | int) -> Location:
        return self._document.place((*self._path, *path))

    def _name(self, *path: str | int) -> str:
        return spelled((*self._path, *path))

    def _policies(self) -> Iterator[ManifestError]:
        creation = self._spec.target.creation_policy
        match self._spec.target.deletion_policy:
            case DeletionPolicy.DELETE if creation in _KEEPS_WHAT_IT_DID_NOT_MAKE:
                message = f"deletionPolicy Delete does not go with creationPolicy {creation}"
                hint = "only a Secret that is owned can be deleted: use creationPolicy Owner"
                yield DeleteNeedsOwner(message, at=self._at("target", "deletionPolicy"), hint=hint)
            case DeletionPolicy.MERGE if creation is CreationPolicy.NONE:
                message = "deletionPolicy Merge does not go with creationPolicy None"
                hint = "with None there is no Secret to remove keys from"
                yield MergeNeedsSecret(message, at=self._at("target", "deletionPolicy"), hint=hint)
            case _:
                pass

    def _sources(self, entry: DataFrom, index: int) -> Iterator[ManifestError]:
        generator = entry.source_ref is not None and entry.source_ref.generator_ref is not None
        found = [entry.extract is not None, entry.find is not None, generator].count(True)
        what = self._name("dataFrom", index)
        if found > 1:
            message = f"{what} has more than one of extract, find and sourceRef.generatorRef"
            yield OneSourceEach(message, at=self._at("dataFrom", index), hint="make it two entries")
        elif not found and entry.source_ref is None:
            message = f"{what} has none of extract, find and sourceRef"
            yield OneSourceEach(message, at=self._at("dataFrom", index))

    def _keys(self) -> Iterator[ManifestError]:
        if self._spec.target.deletion_policy is not DeletionPolicy.RETAIN:
            return  # ESO does so too: the later entry wins
        first: dict[str, int] = {}
        for index, entry in enumerate(self._spec.data):
            before = first.setdefault(entry.secret_key, index)
            if before != index:
                line = self._at("data", before, "secretKey").line
                message = f'the key "{entry.secret_key}" is made twice, first on line {line}'
                yield SecretKeyTwice(message, at=self._at("data", index, "secretKey"))

    def _template(self, template: Template) -> Iterator[ManifestError]:
        yield from self._privileged(template)
        if self._spec.target.creation_policy is not CreationPolicy.NONE:
            yield from self._illegal(template)
        manifest = self._spec.target.manifest
        if manifest is not None and (manifest.api_version, manifest.kind) != ("v1", "Secret"):
            return
        for index, source in enumerate(template.template_from):
            if source.target.lower() not in _SECRET_TARGETS:
                path = ("target", "template", "templateFrom", index, "target")
                message = f"{self._name(*path)} names what a Secret does not have"
                hint = "it may be Data, Annotations or Labels"
                yield TemplateTarget(message, at=self._at(*path), hint=hint)

    def _illegal(self, template: Template) -> Iterator[ManifestError]:
        """Look for what the API server would refuse in the target, whatever the values are."""
        manifest, metadata = self._spec.target.manifest, template.metadata
        checks: list[tuple[Path, Iterable[str], Callable[[str], bool], str]] = [
            (("metadata", "labels"), metadata.labels, is_label_key, _LABEL),
            (("metadata", "annotations"), metadata.annotations, is_annotation_key, _LABEL),
        ]
        if manifest is None or (manifest.api_version, manifest.kind) == ("v1", "ConfigMap"):
            checks.append((("data",), template.data, is_data_key, _DATA_KEY))
        for path, names, is_legal, says in checks:
            for name in names:
                if "{{" not in name and not is_legal(name):
                    yield self._bad_format((*path, name), says)
        for name, text in metadata.labels.items():
            if "{{" not in text and not is_label_value(text):
                yield self._bad_format(("metadata", "labels", name), _LABEL_VALUE)

    def _bad_format(self, path: Path, says: str) -> ManifestError:
        full: Path = (*self._path, "target", "template", *path)
        return BadFormat(full, at=self._document.place(full), says=says)

    def _privileged(self, template: Template) -> Iterator[ManifestError]:
        at = self._at("target", "template", "type")
        if template.type == BOOTSTRAP_TOKEN:
            yield PrivilegedType(f"a template cannot make a Secret of type {template.type}", at=at)
        if template.type == SERVICE_ACCOUNT_TOKEN and _chooses_account(template):
            message = f"a template for {template.type} cannot choose the service account"
            yield PrivilegedType(message, at=at, hint=f"leave out {_SERVICE_ACCOUNT_NAME}")


def _chooses_account(template: Template) -> bool:
    return _SERVICE_ACCOUNT_NAME in template.metadata.annotations or any(
        source.target.lower() == "annotations" for source in template.template_from
    )


def _bad_regexps(one: Store) -> Iterator[ManifestError]:
    if not any(condition.namespace_regexes for condition in one.conditions):
        return
    from esync.gocompat import regexp  # 3 ms, for stores that have expressions

    for index, condition in enumerate(one.conditions):
        for at, source in enumerate(condition.namespace_regexes):
            path = ("spec", "conditions", index, "namespaceRegexes", at)
            try:
                regexp.compile(source)
            except regexp.RegexpError as error:
                message = f"{spelled(path)} is no regular expression: {error}"
                yield BadRegexp(message, at=one.document.place(path))


def _bad_interval(one: Store) -> Iterator[ManifestError]:
    interval = one.refresh_interval
    at = one.document.place(("spec", "refreshInterval"))
    try:
        seconds = parse_duration(interval) if isinstance(interval, str) else interval or 0
    except DurationError:
        hint = "write seconds as a number, or a duration such as 1h"
        yield BadRefreshInterval("spec.refreshInterval is no duration", at=at, hint=hint)
    else:
        if seconds < 0:
            yield BadRefreshInterval("spec.refreshInterval is negative", at=at)
