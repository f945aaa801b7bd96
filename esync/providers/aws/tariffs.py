"""Prices and default limits of the AWS services."""

from __future__ import annotations

from typing import Final

from esync.providers.tariff import Limit, Tariff

_AS_OF: Final = "2026-11"
_SCOPE: Final = "account and region"

SECRETS_MANAGER: Final = Tariff(
    "AWS Secrets Manager",
    _AS_OF,
    (
        "https://aws.amazon.com/secrets-manager/pricing/",
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
    ),
    prices=dict.fromkeys(
        ("GetSecretValue", "BatchGetSecretValue", "DescribeSecret", "ListSecrets"), 5
    ),
    limits=(
        Limit(("GetSecretValue",), 10_000, 1, _SCOPE),
        Limit(("BatchGetSecretValue",), 100, 1, _SCOPE),
        Limit(("DescribeSecret",), 40_000, 1, _SCOPE),
        Limit(("ListSecrets",), 100, 1, _SCOPE),
    ),
    remark="A key of your own in KMS is charged beside it, for each secret that is decrypted.",
)

PARAMETER_STORE: Final = Tariff(
    "AWS Systems Manager Parameter Store",
    _AS_OF,
    (
        "https://aws.amazon.com/systems-manager/pricing/",
        "https://docs.aws.amazon.com/general/latest/gr/ssm.html",
    ),
    limits=(Limit(("GetParameter", "GetParameters", "GetParametersByPath"), 40, 1, _SCOPE),),
    remark="Free for standard parameters at the default throughput; "
    "with higher throughput, or for advanced parameters, $0.05 for 10,000 calls.",
)
