"""What Kubernetes takes as the name of a label, an annotation or a key of data.

Source: Kubernetes, the reference of labels, annotations, Secrets and ConfigMaps.
"""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_DOMAIN: Final = re.compile(
    r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)
_DATA_KEY: Final = re.compile(r"[-._a-zA-Z0-9]+")
_LONGEST: Final = 253


def is_object_name(text: str) -> bool:
    """Tell whether ``text`` may be the name of an object such as a Secret."""
    return len(text) <= _LONGEST and _DOMAIN.fullmatch(text) is not None


def is_label_key(text: str) -> bool:
    """Tell whether ``text`` may be the key of a label: ``[domain/]name``."""
    domain, slash, name = text.rpartition("/")
    if slash and not (len(domain) <= _LONGEST and _DOMAIN.fullmatch(domain)):
        return False
    return _NAME.fullmatch(name) is not None


def is_annotation_key(text: str) -> bool:
    """Tell whether ``text`` may be the key of an annotation, whose domain may have capitals."""
    return is_label_key(text.lower())


def is_label_value(text: str) -> bool:
    """Tell whether ``text`` may be the value of a label; it may be empty."""
    return not text or _NAME.fullmatch(text) is not None


def is_data_key(text: str) -> bool:
    """Tell whether ``text`` may be a key of a Secret or a ConfigMap."""
    is_path = text == "." or text.startswith("..")
    return len(text) <= _LONGEST and not is_path and _DATA_KEY.fullmatch(text) is not None
