"""The changes that scripts/mutate-source draws from, and its command line. Nothing is built."""
import pathlib
import subprocess
import sys
import unittest

from source_changes import enums_of, sites_of

PROGRAM = pathlib.Path(__file__).parent / "mutate-source"

ENUMS = enums_of(["enum class Kind { one, two, three };  // comment"])


def changed(text, kind):
    """What becomes of a text: every result of a change of that kind."""
    return {change.apply(text) for site in sites_of(text, ENUMS) for change in site if change.kind == kind}


class Changes(unittest.TestCase):
    def test_operators(self):
        self.assertEqual(changed("a < b && c;", "operator"), {"a <= b && c;", "a >= b && c;", "a < b || c;"})
        self.assertEqual(changed("!f(-x, ++i);", "operator"), {"f(-x, ++i);", "!f(x, ++i);", "!f(-x, --i);"})

    def test_what_looks_like_an_operator(self):
        for text in ("std::vector<int>& f(char* a, T&& b);", "a->b;", "A::b;", "f(*a, &b);"):
            self.assertEqual(changed(text, "operator"), set(), text)

    def test_numbers(self):
        self.assertEqual(changed("x = 1'000u;", "constant"), {"x = 0u;", "x = 1u;", "x = 999u;", "x = 1001u;"})
        self.assertEqual(changed("x = 0;", "constant"), {"x = 1;"})
        self.assertEqual(changed("x = 0x1F;", "constant"), {"x = 0;", "x = 1;", "x = 30;", "x = 32;"})
        self.assertEqual(changed("x = 1.5;", "constant"), {"x = 0.0;", "x = 3.0;"})
        self.assertEqual(changed("x = 1e6;", "constant"), {"x = 0.0;", "x = 2000000.0;"})

    def test_texts_and_truth(self):
        self.assertEqual(changed(r'f("a\"" "b", "", true);', "constant"),
                         {'f("" "b", "", true);', r'f("a\"" "", "", true);', r'f("a\"" "b", "", false);'})
        self.assertEqual(changed(r"x = '\'';", "constant"), {"x = 'x';"})
        self.assertEqual(len([site for site in sites_of('f("a" "b");', []) if site[0].kind == "constant"]), 1)

    def test_conditions(self):
        self.assertEqual(changed("if (a(b)) c(d);", "condition"),
                         {"if (!(a(b))) c(d);", "if (true) c(d);", "if (false) c(d);"})
        self.assertEqual(changed("if (auto a = f(); a != b) c(d);", "condition"),
                         {f"if (auto a = f(); {value}) c(d);" for value in ("!(a != b)", "true", "false")})

    def test_a_condition_that_declares(self):
        self.assertEqual(changed("if (const auto* a = f()) c(d);", "condition"),
                         {f"if (const auto* a = f(); {value}) c(d);" for value in ("!a", "true", "false")})

    def test_loops_are_not_made_endless(self):
        self.assertEqual(changed("for (int i = a; i < b; ++i) {}", "condition"),
                         {"for (int i = a; !(i < b); ++i) {}", "for (int i = a; false; ++i) {}"})
        self.assertEqual(changed("for (auto& a : b) {}", "condition"), set())

    def test_statements(self):
        text = "{\n  int a;\n  f(a);\n  g(a,\n    b);\n  if (a) h(b);\n  return a;\n}\n"
        self.assertEqual(changed(text, "statement"),
                         {text.replace("f(a);", ";"), text.replace("if (a) h(b);", ";")})

    def test_what_declares_is_no_statement(self):
        for line in ("std::string text;", "const int a = f();", "auto* a = f();", "std::map<int, A<B>> c;", "T f(int a);",
                     "using A = B;", "bool is_a_ = f(a);"):
            self.assertEqual(changed(f"{{\n{line}\n}}", "statement"), set(), line)

    def test_jumps_and_enumerators(self):
        self.assertEqual(changed("break;", "jump"), {"continue;", "return;"})
        self.assertEqual(changed("a = Kind::two;", "enumerator"), {"a = Kind::one;", "a = Kind::three;"})

    def test_what_no_compiler_sees_is_left_alone(self):
        for text in ("// a < b", "/* 1 \n 2 */", '#include "a.h"', "#define A(x) \\\n  ((x) + 1)",
                     "static_assert(a < 1);"):
            self.assertEqual(sites_of(text, ENUMS), [], text)


class CommandLine(unittest.TestCase):
    def run_program(self, *arguments):
        return subprocess.run([sys.executable, PROGRAM, *arguments], capture_output=True, text=True, timeout=20)

    def test_help(self):
        done = self.run_program("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("build/mutate-source/tree", done.stdout)

    def test_what_it_refuses(self):
        for arguments in ((), ("0",), ("x",), ("1", "--judge", "nobody"), ("1", "--seed", "x"), ("1", "--wrong")):
            done = self.run_program(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)


if __name__ == "__main__":
    unittest.main()
