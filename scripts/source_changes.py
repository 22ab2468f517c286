"""The small changes that can be made to a C++ source: what scripts/mutate-source draws from.

Works on tokens, knows no grammar, and relies on the layout of our sources (blanks around
binary operators, none around template brackets). A change that it offers may not compile.
"""
import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
      | (?P<string>R"(?P<end>[^(\n]*)\(.*?\)(?P=end)"|"(?:\\.|[^"\\\n])*")
      | (?P<char>'(?:\\[^']+|\\'|[^'\\])')
      | (?P<number>\d(?:[eE][+-]|'?[\w.])*)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<operator><=>|<<=|>>=|\+\+|--|->|::|&&|\|\||[-+*/%&|^=!<>]=|<<|>>|\S)""",
    re.DOTALL | re.MULTILINE | re.VERBOSE)

BINARY = {"==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
          "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"],
          "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"], "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="]}
STEP = {"++": "--", "--": "++"}
WORDS = {"true": ["false"], "false": ["true"]}
JUMPS = {"break": ["continue", "return"], "continue": ["break", "return"]}

# A line that begins like this is no statement, or one that nothing can do without.
DECLARATION = re.compile(
    r"(return .|const |constexpr |static |auto[&* ]|using |namespace |struct |class |enum |template |friend |explicit "
    r"|virtual |typedef |inline |extern |static_assert|public|private|\[\["
    r"|(?!throw|delete|return|else|case|goto)[\w:]+(<.*>)?[&*]* [&*]*\w+ *(;|=|\{|\(|\[))")


@dataclass(frozen=True)
class Change:
    begin: int
    end: int
    to: str
    kind: str

    def apply(self, text):
        return text[:self.begin] + self.to + text[self.end:]


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    begin: int
    end: int


def tokens_of(text):
    """The tokens that a compiler reads, without directives and static_asserts."""
    result, is_skipping = [], False
    for match in TOKEN.finditer(text):
        if match.lastgroup in ("comment", "directive"):
            continue
        # `end` is a group within `string`.
        kind = "string" if match.group("string") else match.lastgroup
        is_skipping = is_skipping or match.group() == "static_assert"
        if not is_skipping:
            result.append(Token(kind, match.group(), match.start(), match.end()))
        is_skipping = is_skipping and match.group() != ";"
    return result


def enums_of(texts):
    """The members of the enumerations in `texts`: sets, since two may have the same name."""
    enums = []
    for text in texts:
        for name, members in re.findall(r"enum (?:class )?(\w+)[^{;]*\{([^}]*)\}", re.sub(r"//[^\n]*", "", text)):
            enums.append((name, [re.match(r"\w+", member.strip())[0] for member in members.split(",") if member.strip()]))
    return enums


def numbers_for(text):
    """What a number may be changed to: zero, one, one more, one less."""
    if re.fullmatch(r"\d+\.\d*|\d[\d.]*[eE][-+]?\d+", text):
        return ["0.0", repr(float(text) * 2)] if float(text) else ["1.0"]
    digits, suffix = re.fullmatch(r"(0[xX][\da-fA-F']+|0[bB][01']+|[\d']+)(\w*)", text).groups()
    plain = digits.replace("'", "")
    value = int(plain, 8 if re.fullmatch("0[0-7]+", plain) else 0)
    return [f"{number}{suffix}" for number in sorted({0, 1, value + 1, value - 1} - {value}) if number >= 0]


def tokens_changed(text, tokens, enums):
    """Sites of operators, constants, jumps and enumerators."""
    for at, token in enumerate(tokens):
        def changes(kind, others):
            return [Change(token.begin, token.end, other, kind) for other in others]
        before, after = text[token.begin - 1:token.begin], text[token.end:token.end + 1]
        if token.kind == "operator":
            if token.text in BINARY and before.isspace() and after.isspace():
                yield changes("operator", BINARY[token.text])
            elif token.text in STEP:
                yield changes("operator", [STEP[token.text]])
            elif token.text == "!" or token.text == "-" and before in " (" and not after.isspace():
                yield changes("operator", [""])
        elif token.kind == "number":
            yield changes("constant", numbers_for(token.text))
        elif token.kind == "char":
            yield changes("constant", ["'y'" if token.text == "'x'" else "'x'"])
        elif token.text in WORDS:
            yield changes("constant", WORDS[token.text])
        elif token.text in JUMPS:
            yield changes("jump", JUMPS[token.text])
        elif token.kind == "word" and at >= 2 and tokens[at - 1].text == "::":
            for name, members in enums:
                if name == tokens[at - 2].text and token.text in members:
                    yield changes("enumerator", [member for member in members if member != token.text])
                    break


def strings_changed(tokens):
    """Sites of texts: literals that follow one another are one text, and one of them is emptied."""
    site = []
    for at, token in enumerate(tokens):
        if token.kind == "string" and token.text != '""':
            site.append(Change(token.begin, token.end, '""', "constant"))
        if site and (at + 1 == len(tokens) or tokens[at + 1].kind != "string"):
            yield site
            site = []


def conditions_changed(text, tokens):
    """Sites of the conditions of if, while and for."""
    for at, token in enumerate(tokens[:-1]):
        if token.text not in ("if", "while", "for") or tokens[at + 1].text != "(":
            continue
        depth, stops = 0, [tokens[at + 1].end]
        for inner in tokens[at + 1:]:
            depth += (inner.text in ("(", "{", "[")) - (inner.text in (")", "}", "]"))
            if depth == 1 and inner.text == ";":
                stops.append(inner.end)
            if depth == 0:
                stops.append(inner.begin + 1)
                break
        if token.text == "for" and len(stops) != 4:
            continue  # over a range
        begin, end = (stops[1], stops[2] - 1) if token.text == "for" else (stops[-2], stops[-1] - 1)
        condition = text[begin:end].strip()
        declared = re.match(r"(?:const )?[\w:<>]+[&*]* [&*]*(\w+) = ", condition)
        if not condition:
            continue
        values = [f"{condition}; !{declared[1]}"] if declared else [f"!({condition})"]
        # A loop without an end would only be found out by the clock.
        for value in ("false",) if token.text != "if" else ("true", "false"):
            values.append(f"{condition}; {value}" if declared else value)
        blank = " " if len(stops) > 2 else ""  # behind a `;`
        yield [Change(begin, end, blank + value, "condition") for value in values]


def statements_changed(text, tokens):
    """Sites of the statements that are a whole line: an empty one stands in their place."""
    lines = {}
    for at, token in enumerate(tokens):
        lines.setdefault(text.count("\n", 0, token.begin), []).append(at)
    for places in lines.values():
        first, last = tokens[places[0]], tokens[places[-1]]
        before = tokens[places[0] - 1].text if places[0] else ";"
        words = [tokens[at].text for at in places]
        balanced = all(words.count(a) == words.count(b) for a, b in ("()", "{}", "[]"))
        if (last.text == ";" and before in (";", "{", "}", ":", ")", "else") and balanced
                and (first.kind == "word" or first.text in ("++", "--", "*", "::"))
                and len(words) > 1 and not DECLARATION.match(text[first.begin:last.end])):
            yield [Change(first.begin, last.end, ";", "statement")]


def sites_of(text, enums):
    """Places with the changes that can be made there."""
    tokens = tokens_of(text)
    sites = [*tokens_changed(text, tokens, enums), *strings_changed(tokens),
             *conditions_changed(text, tokens), *statements_changed(text, tokens)]
    return [site for site in sites if site]
