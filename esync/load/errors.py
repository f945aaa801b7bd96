"""What can be wrong with the input before anybody looks at its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.errors import EsyncError

if TYPE_CHECKING:
    from esync.errors import Location
    from esync.manifests.document import ObjectRef


class LoadError(EsyncError):
    """The input cannot be read, or is no list of Kubernetes objects.

    Attributes:
        ref: the object that was meant, if that can be told.
    """

    rule = "ES0110"
    ref: ObjectRef | None = None


class BadYaml(LoadError):
    """A document is neither YAML nor JSON."""

    rule = "ES0111"


class TooBig(LoadError):
    """A stream or document is larger, deeper or more repetitive than esync reads."""

    rule = "ES0112"


class NotAnObject(LoadError):
    """A document is no Kubernetes object: apiVersion, kind or the name is missing."""

    rule = "ES0113"


class OtherNamespace(LoadError):
    """With ``-n``, a document names another namespace."""

    rule = "ES0114"

    def __init__(self, found: str, wanted: str, *, at: Location) -> None:
        message = f'the object is in namespace "{found}", and -n says "{wanted}"'
        super().__init__(message, at=at, hint="leave one of the two out")


class DuplicateObject(LoadError):
    """Two documents define the same object; none of them is used."""

    rule = "ES0115"

    def __init__(self, name: str, *, at: Location, first: Location) -> None:
        super().__init__(
            f"{name} is defined here and at {first}", at=at, hint="remove one of the two"
        )


class Unreadable(LoadError):
    """A path that the user named cannot be read."""

    rule = "ES0116"


class LeavesFolder(LoadError):
    """A symbolic link in a folder points out of it."""

    rule = "ES0117"

    def __init__(self, *, at: Location) -> None:
        hint = "name the file with -f itself, if you trust it"
        super().__init__("the link points out of the folder that -f names", at=at, hint=hint)


class KustomizeFailed(LoadError):
    """A kustomization cannot be built, or not within what esync allows."""

    rule = "ES0118"
