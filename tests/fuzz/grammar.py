"""Random templates: most of them right, some of them wrong in interesting ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

# What functions yield, and take: s string, i int, n any number, f float, b bool, l list, m map,
# a anything; a star repeats the last one.
FUNCTIONS = """
s print a*      s printf @*     s println a*    s html a*       s js a*         s urlquery a*
a index l i     a index m s     a slice s i i   a slice l i i   i len s         i len l
b not a         a and a*        a or a*         b eq a a*       b ne a a        b lt n n
b le s s        b gt i i        b ge n n        b eq i i        b eq s s        a call a
s upper s       s lower s       s title s       s untitle s     s trim s        s trimAll s s
s trimSuffix s s                s trimPrefix s s                s nospace s     s initials s
s swapcase s    s snakecase s   s camelcase s   s kebabcase s   s repeat i s    s substr i i s
s trunc i s     s abbrev i s    s abbrevboth i i s              s wrap i s      s wrapWith i s s
b contains s s  b hasPrefix s s b hasSuffix s s s quote a*      s squote a*     s cat a*
s indent i s    s nindent i s   s replace s s s s plural s s i  s join s l      l splitList s s
m split s s     m splitn s i s  s toString a    s b64enc s      s b64dec s      s b32enc s
s b32dec s      s sha1sum s     s sha256sum s   s adler32sum s  i atoi s        i int a
i int64 a       f float64 a     i toDecimal s   l toStrings l   i add n*        i sub n n
i mul n*        i div n i       i mod n i       i add1 n        i max n*        i min n*
f floor a       f ceil a        f round a i     f addf n*       f subf n*       f mulf n*
f divf n*       l until i       l untilStep i i i               a default a a   b empty a
a coalesce a*   a ternary a a b s toJson a      a fromJson s    s toPrettyJson a
s toRawJson a   l list a*       a first l       l rest l        a last l        l initial l
l append l a    l prepend l a   l concat l l    l reverse l     l uniq l        l without l a*
b has a l       l compact l     l sortAlpha l   l chunk i l     m dict s a      m set m s a
m unset m s     b hasKey m s    a get m s       l pluck s m*    s sortAlpha l   m pick m s*
m omit m s*     a dig s a m     m merge m m     m deepCopy m    s typeOf a
s kindOf a      b kindIs s a    b typeIs s a    b deepEqual a a s base s        s dir s
s clean s       s ext s         b isAbs s       b regexMatch s s
l regexFindAll s s i            s regexFind s s s regexReplaceAll s s s
l regexSplit s s i              s regexQuoteMeta s              b semverCompare s s
m urlParse s    b all a*        b any a*        s toString f    a fail s        s hello a
""".replace("\n", "  ")

_WORDS = [
    "a",
    "b",
    "user",
    "Hello World",
    "x y  z",
    "1.2.3",
    "3.14",
    "-7",
    "0x1f",
    "aGk=",
    "",
    "<&'\">",
]
_ODD = [
    "é",
    "日本",
    "\\xff",
    "\\n",
    "\\t",
    "a,b,c",
    "https://u:p@h.example/p?q=1#f",
    '{\\"a\\":[1,2.5,null]}',
]
_PATTERNS = ["a+", "[a-z]+", "(l)(o)?", "^H", "\\\\d+", "(", "x*", "."]
_NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "7",
    "10",
    "42",
    "100",
    "0x1F",
    "0b101",
    "0o17",
    "017",
    "1_000",
    "'a'",
    "'é'",
]
_FLOATS = ["1.5", "2.0", "-0.25", "1e3", "1e21", "1e-7", "3.", ".5", "0x1p-2", "1e100"]
_STRANGE = [
    "9223372036854775807",
    "9223372036854775808",
    "1i",
    "1+2i",
    "nil",
    "true",
    "false",
    "089",
    "1__0",
    "9999999999999999999999",
]
_FIELDS = [".user", ".num", ".empty", ".json", ".nope", ".user.name", "$.user", "."]
_VERBS = "vTtbcdoOqxXUeEfFgGsw%z!"  # no p: addresses differ from run to run
_BREAKERS = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "(",
    ")",
    "|",
    '"',
    "`",
    "$",
    ".",
    ":=",
    "=",
    ",",
    "'",
    "end",
    " ",
    "\\",
]

_LISTS = ["(list 1 2 3)", "(list)", '(list "b" "a" nil)', "(until 4)", '(list 1.5 "x" (list 1))']
_MAPS = [
    '(dict "a" 1 "b" (dict "c" 2))',
    "(dict)",
    "(fromJson .json)",
    '(dict "k" (list 1))',
]
_LITERALS = {
    "i": _NUMBERS,
    "n": [*_NUMBERS, *_FLOATS],
    "f": _FLOATS,
    "b": ["true", "false"],
    "l": _LISTS,
    "m": _MAPS,
}

_BY_RESULT: dict[str, list[tuple[str, Sequence[str]]]] = {}
for _line in (part.split() for part in FUNCTIONS.split("  ") if part.strip()):
    _BY_RESULT.setdefault(_line[0], []).append((_line[1], _line[2:]))
_ALL = [entry for entries in _BY_RESULT.values() for entry in entries]

DATA = {"user": "admin", "num": "42", "empty": "", "json": '{"a":1,"b":[1,"x",null],"c":{"d":"e"}}'}


class Writer:
    """Writes one random template after the other."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._variables: list[str] = []

    def template(self) -> str:
        """Return a template; every eighth is broken somewhere."""
        self._variables = []
        text = self._body(0)
        if self._maybe(0.1):
            name = self._random.choice(["t", "u"])
            text = self._action(f'define "{name}"') + self._body(2) + self._action("end") + text
        if self._random.random() < 1 / 8:
            at = self._random.randrange(len(text) + 1)
            drop = self._random.randrange(3)
            text = text[:at] + self._random.choice(_BREAKERS) + text[at + drop :]
        return text

    def _maybe(self, chance: float) -> bool:
        return self._random.random() < chance

    def _open(self) -> str:
        return "{{- " if self._maybe(0.15) else "{{ "

    def _close(self) -> str:
        return " -}}" if self._maybe(0.15) else " }}"

    def _action(self, inside: str) -> str:
        return self._open() + inside + self._close()

    def _body(self, depth: int) -> str:
        parts = []
        for _ in range(self._random.randint(1, 3)):
            parts.append(self._statement(depth))
            if self._maybe(0.3):
                parts.append(self._random.choice(["text ", " \n", "\n\n  ", "a-b", "é"]))
        return "".join(parts)

    def _statement(self, depth: int) -> str:
        kind = self._random.randrange(14) if depth < 3 else 0
        if kind < 7:
            return self._action(self._pipeline(depth))
        if kind < 8:
            return self._comment()
        if kind < 9:
            return self._declaration(depth)
        if kind < 13 or depth:
            return self._control(depth)
        name = self._random.choice(["t", "u"])
        if self._maybe(0.5):
            block = self._action(f'block "{name}" {self._operand("a", 2)}')
            return block + self._body(2) + self._action("end")
        return self._action(f'template "{name}" {self._operand("a", 2)}')

    def _comment(self) -> str:
        note = self._random.choice(["/**/", "/* note */", "/* {{ */", "/*\n*/"])
        return self._random.choice(["{{", "{{- "]) + note + self._random.choice(["}}", " -}}"])

    def _declaration(self, depth: int) -> str:
        mark = "=" if self._maybe(0.3) else ":="
        value = self._pipeline(depth)
        return self._action(f"{self._new_variable()} {mark} {value}")

    def _new_variable(self) -> str:
        name = self._random.choice(["$x", "$y", "$z"])
        self._variables.append(name)
        return name

    def _control(self, depth: int) -> str:
        word = self._random.choice(["if", "with", "range", "range"])
        subject = self._operand(self._random.choice("lmi") if word == "range" else "a", depth + 1)
        names = ""
        if self._maybe(0.4):
            names = self._new_variable()
            if word == "range" and self._maybe(0.5):
                names += ", " + self._new_variable()
            names += " := "
        text = self._action(f"{word} {names}{subject}") + self._body(depth + 1)
        if word == "range" and self._maybe(0.2):
            text += self._action(self._random.choice(["break", "continue"]))
        if self._maybe(0.3):
            again = self._random.choice(
                ["", "", {"range": "", "if": " if .user"}.get(word, " with .num")]
            )
            text += self._action("else" + again) + self._body(depth + 1)
        return text + self._action("end")

    def _pipeline(self, depth: int) -> str:
        text = self._call("a", depth) if self._maybe(0.8) else self._operand("a", depth)
        while self._maybe(0.25):
            text += " | " + self._random.choice(
                [
                    "upper",
                    "quote",
                    "print",
                    "len",
                    'printf "%v"',
                    "toJson",
                    "default 1",
                    "not",
                    "trunc 3",
                ]
            )
        return text

    def _call(self, kind: str, depth: int) -> str:
        entries = _ALL if kind == "a" else _BY_RESULT.get(kind, _ALL)
        name, takes = self._random.choice(entries)
        arguments: list[str] = []
        for want in takes:
            if want == "@*":
                return f"{name} {self._form()}"
            count = self._random.randint(0, 3) if want.endswith("*") else 1
            arguments.extend(self._operand(want[0], depth + 1) for _ in range(count))
        if self._maybe(0.04):
            arguments.append(self._operand("a", depth + 1))
        return " ".join([name, *arguments])

    def _operand(self, kind: str, depth: int) -> str:
        if self._maybe(0.06):
            kind = self._random.choice("sifblma")
        if depth < 3 and self._maybe(0.35):
            chain = self._random.choice([".a", ".b.c", ".user"]) if self._maybe(0.08) else ""
            return f"({self._call(kind, depth + 1)}){chain}"
        if self._variables and self._maybe(0.15):
            return self._random.choice(self._variables)
        return self._literal(kind)

    def _literal(self, kind: str) -> str:
        choose = self._random.choice
        if kind == "s":
            return self._string()
        if kind == "i" and self._maybe(0.7):
            return str(self._random.randint(-3, 12))
        if kind in _LITERALS:
            return choose(_LITERALS[kind])
        if self._maybe(0.08):
            return choose(_STRANGE)
        return choose([self._string(), choose(_NUMBERS), choose(_FLOATS), choose(_FIELDS)])

    def _string(self) -> str:
        if self._maybe(0.1):
            return "`" + self._random.choice(["raw", "\\n", "a\nb", ""]) + "`"
        if self._maybe(0.15):
            return self._random.choice([".user", ".num", ".json", ".empty"])
        words = _WORDS if self._maybe(0.7) else [*_ODD, *_PATTERNS]
        return f'"{self._escape(self._random.choice(words))}"'

    def _escape(self, word: str) -> str:
        return word.replace('"', '\\"') if '\\"' not in word else word

    def _form(self) -> str:
        """Return a format with operands that fit it more or less."""
        directives, operands = [], []
        for _ in range(self._random.randint(1, 3)):
            directives.append("%" + self._flags() + self._random.choice(_VERBS))
            if self._maybe(0.95):
                operands.append(self._literal(self._random.choice("sssiiinffablm")))
        return f'"{"|".join(directives)}" ' + " ".join(operands)

    def _flags(self) -> str:
        flags = "".join(
            self._random.choice("+-# 0") for _ in range(self._random.choice([0, 0, 0, 1, 1, 2]))
        )
        index = f"[{self._random.randint(0, 3)}]" if self._maybe(0.04) else ""
        width = self._random.choice(["", "", "", "5", "12", "*", "1"])
        precision = self._random.choice(["", "", "", ".2", ".0", ".", ".10", ".*"])
        return flags + index + width + precision
