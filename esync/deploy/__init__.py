"""What running esync in a cluster takes: roles, a CronJob, a network policy. Pure."""

from esync.deploy.errors import NoImage, NoSubject
from esync.deploy.membership import Membership
from esync.deploy.parts import Part
from esync.deploy.restarting import Restarting
from esync.deploy.room import Options, manifests
from esync.deploy.text import as_json, as_yaml

__all__ = [
    "Membership",
    "NoImage",
    "NoSubject",
    "Options",
    "Part",
    "Restarting",
    "as_json",
    "as_yaml",
    "manifests",
]
