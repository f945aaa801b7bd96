"""What ``explain`` cannot look at, or finds out by itself."""

from __future__ import annotations

from esync.errors import EsyncError


class ExplainError(EsyncError):
    """``explain`` cannot tell."""

    rule = "ES0810"


class NoSuchKind(ExplainError):
    """The name has a kind in front that is none of those that can be explained."""

    rule = "ES0811"

    def __init__(self, kind: str) -> None:
        super().__init__(
            f'"{kind}" cannot be explained', hint="say [externalsecret/]NAME, or secret/NAME"
        )


class NotPermitted(ExplainError):
    """The identity that asks may not do what a sync needs."""

    rule = "ES0812"

    def __init__(self, verb: str, resource: str, namespace: str) -> None:
        super().__init__(
            f'you may not {verb} {resource} in namespace "{namespace}"',
            hint="esync manifests prints the roles that are needed",
        )


class Skips(ExplainError):
    """The ExternalSecret is not ours to sync."""

    rule = "ES0813"

    def __init__(self, reason: str) -> None:
        super().__init__(f"it is skipped: {reason}", hint="pass --controller-class with that name")
