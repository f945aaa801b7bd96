"""The functions that templates can call: one table, one module per family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from esync.gotemplate.builtins import BUILTINS
from esync.gotemplate.function import Function

# The functions of each family, and the module that is imported when one of them is used.
FAMILIES: Mapping[str, str] = {
    "certificates": """
        buildCustomCert genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey
        genSignedCert genSignedCertWithKey
    """,
    "crypto": "decryptAES encryptAES genPrivateKey rsaDecrypt",
    "dates": """
        ago date dateInZone dateModify date_in_zone date_modify duration durationRound
        htmlDate htmlDateInZone mustDateModify mustToDate must_date_modify now toDate
        unixEpoch
    """,
    "defaults": "all any coalesce default empty fail ternary",
    "dicts": """
        deepCopy dict dig get hasKey keys merge mergeOverwrite mustDeepCopy mustMerge
        mustMergeOverwrite omit pick pluck set unset values
    """,
    "encoding": "b32dec b32enc b64dec b64enc hexdec",
    "floats": "add1f addf ceil divf float64 floor maxf minf mulf round subf",
    "hashes": "adler32sum sha1sum sha256sum sha512sum",
    "json": """
        fromJson mustFromJson mustToJson mustToPrettyJson mustToRawJson toJson toPrettyJson
        toRawJson
    """,
    "jwk": "jwkPrivateKeyPem jwkPublicKeyPem",
    "lists": """
        append chunk compact concat first has initial last list mustAppend mustChunk
        mustCompact mustFirst mustHas mustInitial mustLast mustPrepend mustPush mustRest
        mustReverse mustSlice mustUniq mustWithout prepend push rest reverse slice tuple
        uniq without
    """,
    "maths": """
        add add1 atoi biggest div int int64 max min mod mul randInt seq sub toDecimal until
        untilStep
    """,
    "password": "bcrypt derivePassword htpasswd",
    "paths": "base clean dir ext isAbs osBase osClean osDir osExt osIsAbs",
    "pem": "certSANs filterCertChain filterPEM",
    "pkcs12": """
        fullPemToPkcs12 fullPemToPkcs12Pass pemToPkcs12 pemToPkcs12Pass
        pemTruststoreToPKCS12 pemTruststoreToPKCS12Pass pkcs12cert pkcs12certPass pkcs12key
        pkcs12keyPass
    """,
    "random": "randAlpha randAlphaNum randAscii randBytes randNumeric uuidv4",
    "reflection": "deepEqual kindIs kindOf typeIs typeIsLike typeOf",
    "regex": """
        mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll
        mustRegexReplaceAllLiteral mustRegexSplit regexFind regexFindAll regexMatch
        regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit
    """,
    "semver": "semver semverCompare",
    "splitting": "join sortAlpha split splitList splitn toStrings",
    "strings": """
        abbrev abbrevboth cat contains hasPrefix hasSuffix hello indent initials nindent
        nospace plural quote repeat replace squote substr toString trim trimAll trimPrefix
        trimSuffix trimall trunc wrap wrapWith
    """,
    "urls": "urlJoin urlParse",
    "words": "camelcase kebabcase lower shuffle snakecase swapcase title untitle upper",
    "yaml": "fromYaml toYaml",
}

_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names.split()}


class Functions(Mapping[str, Function]):
    """Every function by name; the module behind it is imported when it is first asked for.

    A function of a family hides the builtin of the same name, as in the operator (``slice``).
    """

    def __getitem__(self, name: str) -> Function:
        if name not in _FAMILY_OF:
            return BUILTINS[name]
        module = import_module(f"esync.gotemplate.functions.{_FAMILY_OF[name]}")
        found: Function = module.FUNCTIONS[name]
        return found

    def __contains__(self, name: object) -> bool:
        return name in _FAMILY_OF or name in BUILTINS

    def __iter__(self) -> Iterator[str]:
        yield from {**BUILTINS, **_FAMILY_OF}

    def __len__(self) -> int:
        return len({**BUILTINS, **_FAMILY_OF})


FUNCTIONS: Mapping[str, Function] = Functions()
