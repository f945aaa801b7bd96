"""Prices and default limits of Azure Key Vault."""

from __future__ import annotations

from typing import Final

from esync.providers.tariff import Limit, Tariff

KEY_VAULT: Final = Tariff(
    "Azure Key Vault",
    "2026-11",
    (
        "https://azure.microsoft.com/pricing/details/key-vault/",
        "https://learn.microsoft.com/azure/key-vault/general/service-limits",
    ),
    prices={"GET object": 3, "GET list": 3},
    limits=(Limit(("GET object", "GET list"), 4_000, 10, "vault and region"),),
    remark="Keys of other kinds than RSA 2048 cost $0.15 for 10,000 calls, "
    "and fewer calls are permitted.",
)
