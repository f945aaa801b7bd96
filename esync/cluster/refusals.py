"""Turns a refusal of the API server into an error that quotes nothing of what was sent.

A message of the server, or of an admission webhook, may repeat values of the object: of a
``Status`` only its reason, the fields at fault and names in known wordings are passed on.

Source:
    Kubernetes API conventions, "Response Status Kind"; messages of kube-apiserver 1.20 to 1.37.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import (
    EXTERNAL_SECRETS,
    Busy,
    ClusterError,
    Conflict,
    Forbidden,
    Invalid,
    NotNow,
    NotServed,
    Unauthorized,
)

if TYPE_CHECKING:
    from esync.cluster.contract import Resource
    from esync.cluster.paths import Attempt
    from esync.cluster.wire import Answer

_TOO_MANY: Final = 429
_NOT_NOW: Final = frozenset({502, 503, 504})
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,252}"
# Wordings that carry a name which no value can turn up in, and what we say instead.
_KNOWN: Final = (
    (rf'admission webhook "({_NAME})" denied', 'admission webhook "{}" denies it'),
    (rf'failed calling webhook "({_NAME})"', 'admission webhook "{}" does not work'),
    (rf"ValidatingAdmissionPolicy '({_NAME})' with", 'admission policy "{}" denies it'),
    (rf"exceeded quota: ({_NAME}),", 'quota "{}" is exhausted'),
    (r"is being terminated()", "the namespace is being deleted"),
    (r"object has been modified()", "it was changed since it was read"),
    (r"request is too large()", "it is too large"),
)
_WHO: Final = re.compile(r'User "([^"\s]{1,253})" cannot ')
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
# Keys that a type of Secret prescribes; any other may have been made from a value.
_PRESCRIBED: Final = re.compile(
    r"data\[(?:tls\.crt|tls\.key|\.dockerconfigjson|\.dockercfg|ssh-privatekey|username|password)\]"
)
# What the server says for itself; anything else may be a text of whoever answers in its place.
_REASONS: Final = frozenset(
    {
        "BadRequest",
        "Unauthorized",
        "Forbidden",
        "NotFound",
        "AlreadyExists",
        "Conflict",
        "Gone",
        "Invalid",
        "Expired",
        "ServerTimeout",
        "StoreReadError",
        "Timeout",
        "TooManyRequests",
        "MethodNotAllowed",
        "NotAcceptable",
        "RequestEntityTooLarge",
        "UnsupportedMediaType",
        "InternalError",
        "ServiceUnavailable",
    }
)
_CAUSES: Final = {
    "FieldValueInvalid": "is not accepted",
    "FieldValueForbidden": "may not be set or changed",
    "FieldValueTooLong": "is too long",
    "FieldValueRequired": "is missing",
    "FieldValueNotSupported": "has no such choice",
    "FieldValueDuplicate": "has something twice",
    "FieldValueNotFound": "names something that does not exist",
    "FieldValueTypeInvalid": "has the wrong type",
}
_HINTS: Final = {
    ("type", "FieldValueInvalid"): "the type of a Secret cannot be changed; delete it first",
    ("data", "FieldValueForbidden"): "an immutable Secret cannot be changed; delete it first",
    ("data", "FieldValueTooLong"): "a Secret holds at most 1 MiB",
}
_SHOWN_CAUSES: Final = 3


def refusal(attempt: Attempt, answer: Answer) -> ClusterError:
    """Return the error for an answer that is no success."""
    status = _status(answer)
    match answer.status:
        case 401:
            return Unauthorized(
                "the API server does not accept the credentials (Unauthorized)",
                hint="sign in again; try: kubectl auth whoami",
            )
        case 403:
            return _forbidden(attempt, status)
        case 404:
            return _not_found(attempt, status)
        case 409:
            conflict = Conflict(f"cannot {attempt.verb} {attempt.target}: {_conflict(status)}")
            conflict.may_be_ours = answer.after_doubt
            return conflict
        case 400 | 413 | 422:
            return _invalid(attempt, status, answer.status)
    return _trouble(attempt, status, answer)


def _trouble(attempt: Attempt, status: dict[str, Any], answer: Answer) -> ClusterError:
    """Return the error for what is not the fault of who asks."""
    why = _known(status) or f"the API server answers {answer.status}{_reason(status)}"
    message = f"cannot {attempt.verb} {attempt.target}: {why}"
    if answer.status not in _NOT_NOW and answer.status != _TOO_MANY:
        return ClusterError(message)
    error = Busy(message) if answer.status == _TOO_MANY else NotNow(message)
    asked = answer.headers.get("Retry-After", "")
    error.retry_after = float(asked) if asked.isascii() and asked.isdigit() else None
    return error


def is_not_served(answer: Answer) -> bool:
    """Tell whether a 404 means that the server has no such kind of object."""
    details = _status(answer).get("details")
    return not (isinstance(details, dict) and details.get("name"))


def _status(answer: Answer) -> dict[str, Any]:
    try:
        status = json.loads(answer.body)
    except ValueError:
        return {}
    return status if isinstance(status, dict) and status.get("kind") == "Status" else {}


def _forbidden(attempt: Attempt, status: dict[str, Any]) -> Forbidden:
    if why := _known(status):
        return Forbidden(f"cannot {attempt.verb} {attempt.target}: {why}")
    found = _WHO.search(str(status.get("message") or ""))
    who = f'user "{found[1]}"' if found else "the user of the context"
    rule = f"{attempt.verb} {attempt.resource.plural}"
    if attempt.subresource:
        rule = f"{rule}/{attempt.subresource}"
    return Forbidden(
        f"{who} may not {attempt.verb} {attempt.target} (Forbidden)",
        hint=f"grant it with a Role and a RoleBinding; try: kubectl auth can-i {rule}",
    )


def _not_found(attempt: Attempt, status: dict[str, Any]) -> ClusterError:
    details = status.get("details")
    if not isinstance(details, dict) or not details.get("name"):
        where = f"{attempt.resource.plural} of {attempt.resource.api_version}"
        hint = "are its CustomResourceDefinitions installed?" if attempt.resource.group else ""
        return NotServed(f"the API server has no {where}", hint=hint)
    if details.get("kind") == "namespaces" and attempt.resource.namespaced:
        hint = f"try: kubectl create namespace {attempt.namespace}"
        return ClusterError(
            f'cannot {attempt.verb} {attempt.target}: there is no namespace "{attempt.namespace}"',
            hint=hint,
        )
    # Whoever read it knows it from before: somebody deleted it since, which is a conflict too.
    kind = Conflict if attempt.verb == "update" else ClusterError
    return kind(f"cannot {attempt.verb} {attempt.target}: it does not exist (NotFound)")


def _conflict(status: dict[str, Any]) -> str:
    if status.get("reason") == "AlreadyExists":
        return "it exists already (AlreadyExists)"
    return (_known(status) or "somebody else wrote it at the same time") + " (Conflict)"


def _invalid(attempt: Attempt, status: dict[str, Any], code: int) -> Invalid:
    causes = _causes(status, 2 if _brackets_keys(attempt.resource) else 1)
    told = [f"{field} {_CAUSES.get(reason, 'is not accepted')}" for field, reason in causes]
    if len(told) > _SHOWN_CAUSES:
        told = [*told[:_SHOWN_CAUSES], "and more"]
    too_large = "it is too large" if code == 413 else ""  # noqa: PLR2004
    why = "; ".join(told) or _known(status) or too_large or "the API server does not accept it"
    hint = next((_HINTS[cause] for cause in causes if cause in _HINTS), "")
    reason = _reason(status) or f" {code}"
    return Invalid(f"cannot {attempt.verb} {attempt.target}: {why} ({reason.strip()})", hint=hint)


def _brackets_keys(resource: Resource) -> bool:
    """Tell whether a field's path has keys of maps in brackets; custom kinds join all by dots.

    Those of the operator have no map where the first two steps could lead into.
    """
    group = resource.group
    return "." not in group or group.endswith(".k8s.io") or group == EXTERNAL_SECRETS.group


def _causes(status: dict[str, Any], steps: int) -> list[tuple[str, str]]:
    """Return field and reason of each cause, without repetition."""
    details = status.get("details")
    listed = details.get("causes") if isinstance(details, dict) else None
    causes: dict[tuple[str, str], None] = {}
    for cause in listed if isinstance(listed, list) else ():
        if isinstance(cause, dict) and (field := _field(str(cause.get("field") or ""), steps)):
            causes[field, str(cause.get("reason") or "")] = None
    return list(causes)


def _field(path: str, most: int) -> str:
    """Return the first steps of a field's path, without keys: a template may have made them."""
    if _PRESCRIBED.fullmatch(path):
        return path
    steps: list[str] = []
    for step in path.split(".")[:most]:
        found = _FIELD.match(step)
        if found is None:
            break
        steps.append(found[0])
        if found[0] != step:  # what follows a bracket belongs to the key
            break
    return ".".join(steps)


def _known(status: dict[str, Any]) -> str:
    message = str(status.get("message") or "")
    for pattern, words in _KNOWN:
        if found := re.search(pattern, message):
            return words.format(found[1])
    return ""


def _reason(status: dict[str, Any]) -> str:
    reason = str(status.get("reason") or "")
    return f" {reason}" if reason in _REASONS else ""
