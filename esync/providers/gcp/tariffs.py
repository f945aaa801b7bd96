"""Prices and default limits of Google Secret Manager."""

from __future__ import annotations

from typing import Final

from esync.providers.tariff import Limit, Tariff

SECRET_MANAGER: Final = Tariff(
    "Google Secret Manager",
    "2026-11",
    (
        "https://cloud.google.com/secret-manager/pricing",
        "https://cloud.google.com/secret-manager/quotas",
    ),
    prices={"AccessSecretVersion": 3},
    limits=(
        Limit(("AccessSecretVersion",), 90_000, 60, "project"),
        Limit(("GetSecret", "ListSecrets", "ListSecretVersions"), 600, 60, "project"),
    ),
    remark="The first 10,000 accesses of a month are free; this is not taken off.",
)
