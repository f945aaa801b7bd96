"""What is missing to make manifests."""

from __future__ import annotations

from esync.errors import EsyncError


class DeployError(EsyncError):
    """What running esync takes cannot be told."""

    rule = "ES0800"


class NoImage(DeployError):
    """A CronJob needs an image, and there is none of ours to fall back to."""

    rule = "ES0801"

    def __init__(self) -> None:
        super().__init__(
            "no image is named for the CronJob",
            hint="pass --image REGISTRY/NAME@sha256:..., or --pipeline for the Role alone",
        )


class NoSubject(DeployError):
    """A Role is bound to somebody, and nobody, or nobody like that, was named."""

    rule = "ES0802"

    def __init__(self, named: str) -> None:
        what = f'"{named}" is no subject' if named else "nobody is named whom the Role is bound to"
        super().__init__(
            what, hint="pass --subject User:NAME, Group:NAME or ServiceAccount:NAMESPACE/NAME"
        )


class NothingToDeploy(DeployError):
    """The input has no ExternalSecret that could be synced."""

    rule = "ES0803"

    def __init__(self) -> None:
        super().__init__(
            "the input has no ExternalSecret that can be planned",
            hint="permissions follow from what is synced: pass it with -f or --from-cluster",
        )
