"""Every diagnostic and every reason in full: what `diffcli explain` prints, and the exit code that a diagnostic leads to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One diagnostic or reason: its code, a title, the explanation, a program that has it, and the program mended."""

    code: str
    title: str
    text: str
    wrong: str = ""
    right: str = ""
    exit_code: int | None = 3

    @property
    def explanation(self) -> str:
        """The explanation with the examples, as it is printed."""
        reason = self.exit_code is None
        parts = [self.text]
        if self.wrong:
            parts.append(("For example:" if reason else "Wrong:") + "\n\n" + _indented(self.wrong))
        if self.right:
            parts.append(("With a gradient:" if reason else "Right:") + "\n\n" + _indented(self.right))
        return "\n\n".join(parts)


def _indented(program: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in program.split("\n"))


_ENCODING = (
    Code(
        "E0101",
        "the file is not UTF-8",
        "An expression file is text in UTF-8, with or without a byte order mark. A byte was met that no UTF-8 text has at that place; "
        "the file was probably saved in an older encoding such as Latin-1 or Windows-1252. Save it as UTF-8: "
        "most editors offer that in their save dialogue, and `iconv -f latin1 -t utf-8 old.expr > new.expr` does it in a shell.",
    ),
    Code(
        "E0102",
        "the file is UTF-16",
        "The file starts with the mark of UTF-16, or has a zero byte beside every letter as UTF-16 has. Notepad and PowerShell's `>` write "
        "such files. "
        "Save it as UTF-8, or convert it: `iconv -f utf-16 -t utf-8 old.expr > new.expr`.",
    ),
    Code(
        "E0103",
        "the file is not text",
        "The file is full of bytes that no text has: it is an image, an archive or a program. Nothing in it was read as an expression. "
        "Check the path; data files are given with --data, not as the expression file.",
    ),
    Code(
        "E0104",
        "a NUL character in the text",
        "The text has a character with the number zero. It cannot be seen in an editor and means nothing here; some programs leave it behind when "
        "a file was cut short. Delete the character, which stands at the given place.",
    ),
    Code(
        "E0105",
        "a character that means nothing",
        "The language knows letters, digits, `_`, the operators, brackets, quotes and a few mathematical signs (× · ÷ − ≤ ≥ ≠ ± √ π ∞ and "
        "superscripts). "
        "Anything else outside strings and comments is refused; where the sign has a spelling in the language, the hint gives it.",
        "y = $x",
        "y = x",
    ),
    Code(
        "E0106",
        "a typographic quote",
        "Text stands between straight quotes, \" or '. Word processors and web pages turn them into typographic ones, which look alike but are "
        "other characters. Type the quotes again.",
        "var L = 1.0 “m”",
        'var L = 1.0 "m"',
    ),
    Code(
        "E0107",
        "a text that is not closed",
        "A text starts with a quote and must end with the same quote in the same line. There are no escapes in a text: to have one kind of quote "
        "inside, use the other kind outside.",
        'var L = 1.0 "m',
        'var L = 1.0 "m"',
    ),
    Code(
        "E0108",
        "a superscript that is not a number",
        "Superscript digits are a power: x² is x**2 and x⁻¹ is x**-1. Superscript letters are not: write the power with `**`.",
        "y = xⁿ",
        "y = x**n",
    ),
)

_SYNTAX = (
    Code(
        "E0201",
        "something does not fit here",
        "A sign or word stands where the language has no place for it, and there is no better guess at what was meant. Look at the given place, "
        "and at what stands just before it.",
        "y = x : 2",
        "y = x / 2",
    ),
    Code(
        "E0202",
        "an operator is missing",
        "Two values stand side by side. There is no implicit multiplication: it would make f(x) and x(1 + y) look alike. Write the `*`.",
        "y = 2x",
        "y = 2*x",
    ),
    Code(
        "E0203",
        "a value is missing",
        "An operator, a bracket, a comma or a keyword wants a value that is not there. A statement ends at the end of its line: an "
        "expression that goes on "
        "in the next line stands in parentheses.",
        "y = x +",
        "y = (x +\n     2)",
    ),
    Code(
        "E0204",
        "a bracket is never closed",
        "A bracket is opened and the statement, or the file, ends before it is closed. The first place is where the closing bracket is "
        "missed, the second "
        "where the bracket was opened.",
        "y = (x + 2",
        "y = (x + 2)",
    ),
    Code(
        "E0205",
        "a closing bracket that does not match",
        "A closing bracket stands where none is open, or closes a bracket of another kind. In the second case both places are shown.",
        "y = x + 2)",
        "y = (x + 2)",
    ),
    Code(
        "E0206",
        "chained comparisons",
        "A comparison gives true or false, and that cannot be compared with a number. Join two comparisons by `and`.",
        "y = if 1 < x < 3 then 1 else 0",
        "y = if 1 < x and x < 3 then 1 else 0",
    ),
    Code(
        "E0207",
        "`=` where `==` is meant",
        "One `=` gives a name its value; two compare. In `expect`, after `if` and inside parentheses only a comparison makes sense.",
        "x = 3\nexpect x = 3",
        "x = 3\nexpect x == 3",
    ),
    Code(
        "E0208",
        "`=` without a name before it",
        "Only a name can be given a value. A function is defined with `def`; an element of a tensor cannot be changed.",
        "f(x) = x**2",
        "def f(x) = x**2\ny = f(x)",
    ),
    Code(
        "E0209",
        "two `=` in one statement",
        "A statement gives one name its value, so it has one `=`. To compare, write `==` without a space.",
        "x = = 3",
        "x = 3",
    ),
    Code(
        "E0210",
        "a reserved word as a name",
        "Some words cannot be names: the constants true false none inf nan pi e tau, and the keywords that start a statement or are part of one. "
        "Take another name.",
        "e = 3",
        "e0 = 3",
    ),
    Code(
        "E0211",
        "an attribute",
        "Values have no attributes and no methods: what NumPy writes as x.sum() is sum(x) here. `.T`, the transpose, is the one exception. "
        "Names with dots are accepted as functions of a library alone: tf.math.log(x), np.sum(x).",
        "y = sin(x).shape",
        "y = sin(x).T",
    ),
    Code(
        "E0212",
        "a statement of another language",
        "The word is a statement of Python or of another language that has no place here: an expression file cannot import, loop without bound, or "
        "run anything. The hint names the nearest thing that there is.",
        "lambda x: x**2",
        "def f(x) = x**2\ny = f(x)",
    ),
    Code(
        "E0213",
        "an operator of another language",
        "Conditions are joined by the words `and`, `or` and `not`. The signs & | ! ~ mean nothing here.",
        "y = if x > 0 && x < 1 then 1 else 0",
        "y = if x > 0 and x < 1 then 1 else 0",
    ),
    Code(
        "E0214",
        "an `if` that is not complete",
        "A choice is an expression and has both branches: if c then a else b. There is no statement with `if`, and inside a larger expression "
        "the choice stands in parentheses.",
        "y = 1 if x > 0 else 2",
        "y = if x > 0 then 1 else 2",
    ),
    Code(
        "E0215",
        "a block or a function is malformed",
        "`tape`, `pause` and `repeat` are followed by a block in braces; `def` by a name, the parameters in parentheses, and either `=` "
        "with an expression or "
        "a block that ends with `return`. The opening brace stands on the same line.",
        "def f(x): x**2",
        "def f(x) = x**2\ny = f(x)",
    ),
    Code(
        "E0216",
        "a range where none can be",
        "`sum(i = 1..n, …)` and `prod(i = 1..n, …)` run over whole numbers, both ends included. No other function does, and a range has no "
        "other place.",
        "y = mean(i = 1..3, i)",
        "y = sum(i = 1..3, i) / 3",
    ),
    Code(
        "E0217",
        "a statement that cannot stand in a function",
        "The block of a function holds local names, each defined by `name = …`, and the `return` as its last line. Nothing else has a "
        "meaning there.",
        "def f(x) { output x; return x }",
        "def f(x) { u = x; return u }\ny = f(x)",
    ),
    Code(
        "E0218",
        "a function without `return`",
        "A block of a function ends with `return`, which says what the value of a call is. The last expression alone is not taken for it.",
        "def f(x) { u = x**2; u + 1 }",
        "def f(x) { u = x**2; return u + 1 }\ny = f(x)",
    ),
    Code(
        "E0219",
        "a comma outside a list",
        "A statement gives one name its value, and several values are one list in brackets. Parentheses only group.",
        "y = 1, 2",
        "y = [1, 2]",
    ),
    Code(
        "E0220",
        "an augmented assignment",
        "Names keep their value: there is no `+=`. Inside `repeat` a name may be given a new value from its old one, written in full.",
        "x = 1\nrepeat 3 { x += 1 }",
        "x = 1\nrepeat 3 { x = x + 1 }",
    ),
    Code(
        "E0221",
        "a constant without a value",
        "A constant has a value from the start. What gets its value later is an `input`.",
        "const k",
        "const k = 3",
    ),
    Code(
        "E0222",
        "not one expression",
        "The option takes an expression, for example --at x=2*pi or --at w=[1, 2]. The text given is empty, or is a statement.",
    ),
    Code(
        "E0223",
        "a keyword in the wrong place",
        "The word is a keyword that has a meaning in one kind of statement only: `is` in `expect … is none`, `in` for the bounds of a "
        "declaration, `with` after a "
        "function. Keywords that start a statement stand at its start.",
        "y = x is none",
        "var x = 1\nvar z = 2\ny = x\nexpect grad(y, z) is none",
    ),
    Code(
        "E0224",
        "a malformed declaration",
        "A declaration has its parts in this order: name, shape, value, uncertainty, bounds, label. All but the name may be missing: "
        'var m: [3] = 9.81 ± 0.02 in [0, 20] "m/s^2".',
        "var w: 3 = 1",
        "var w: [3] = 1",
    ),
    Code(
        "E0225",
        "`expect error` without a statement",
        '`expect error "text"` wants the statement after it to be refused with a message that has the text. There is no statement after it.',
        'x = 3\nexpect error "shape"',
        'x = 3\nexpect error "shape"\ny = [1, 2] + [1, 2, 3]',
    ),
)

_NAMES = (
    Code(
        "E0301",
        "a name that is not defined",
        "The name is used and nothing defines it. In a file without any declaration such names are inputs; as soon as one var, frozen, "
        "const or input is "
        "declared, all others must be, so that a slip of the finger cannot pass for an input.",
        "var total = 3\ny = 2 * totl",
        "var total = 3\ny = 2 * total",
    ),
    Code(
        "E0302",
        "a name that is defined twice",
        "A name keeps its meaning, so that every line can be read on its own. Both places are shown. Inside `repeat` a name that was "
        "defined before may be given "
        "a new value. The same holds for parameters, functions and `minimize`.",
        "x = 3\nx = 4",
        "x = 3\nx2 = 4",
    ),
    Code(
        "E0303",
        "a function that is not there",
        "Neither the file nor the table of operators has a function of that name. `diffcli ops` lists the operators; the prefixes of tf, "
        "np, math, jnp and "
        "torch are accepted and dropped.",
        "y = sqroot(2)",
        "y = sqrt(2)",
    ),
    Code(
        "E0304",
        "a name that is used before it is defined",
        "A file is read from top to bottom: what a line uses stands above it. Move the definition up.",
        "y = 2 * x\nx = 3",
        "x = 3\ny = 2 * x",
    ),
    Code(
        "E0305",
        "a function that calls itself",
        "Functions are put in where they are called, so a function that calls itself, directly or by way of another, would never end. "
        "For a bounded number of steps there is `repeat`.",
        "def f(x) = x * f(x - 1)\ny = f(3)",
        "f = prod(i = 1..3, i)",
    ),
    Code(
        "E0306",
        "a statement in the wrong place",
        "Some statements have a meaning in one place only: `watch` and `pause` inside a tape, `return` inside a function, `dtype` at the "
        "top of the file, "
        "`use`, `output`, `minimize` and `tape` outside of blocks, and inside `repeat` nothing but what is computed.",
        "var x = 3\nwatch x",
        "var x = 3\ntape manual { watch x; y = x**2 }",
    ),
    Code(
        "E0307",
        "a name on the command line that the file does not have",
        "--wrt, --of, --at, --stop and --watch take names of the file. The name given is not one of them, "
        "or is one that is computed where a declared one is wanted.",
        exit_code=2,
    ),
    Code(
        "E0308",
        "a function used as a value",
        "The name is that of a function; a function has no value of its own. Call it.",
        "var x = 3\ny = 2 * sin",
        "var x = 3\ny = 2 * sin(x)",
    ),
    Code(
        "E0309",
        "a used file that cannot be read",
        "`use` names a file by a path that is relative to the file it stands in. There is no such file, it is not a plain file, or it "
        "cannot be read.",
        'use "missing.expr"',
    ),
    Code(
        "E0310",
        "files that use one another in a circle",
        "A file that is used cannot use the one that uses it, directly or by way of others: neither could be read first. Move what both "
        "need into a third file.",
        'use "E0310.expr"',
    ),
    Code(
        "E0311",
        "a used file outside the folder",
        "A file can use files of its own folder and of the folders below it, so that a file from a stranger cannot reach into yours. "
        "Absolute paths, `..` and "
        "links that lead outside are refused.",
        'use "../other.expr"',
    ),
    Code(
        "E0312",
        "a dtype that is not there",
        "There are two: float64, the default, and float32.",
        "dtype float16\ny = 1",
        "dtype float32\ny = 1",
    ),
)

_ARGUMENTS = (
    Code(
        "E0401",
        "too many arguments",
        "The function takes fewer arguments than the call has. The hint shows its parameters.",
        "y = sin(1, 2)",
        "y = sin(1)",
    ),
    Code(
        "E0402",
        "an argument is missing or does not fit",
        "The function needs an argument that the call does not have, or got one that it can do nothing with. The hint shows its "
        "parameters; `diffcli ops NAME` "
        "says what they mean.",
        "y = atan2(1)",
        "y = atan2(1, 2)",
    ),
    Code(
        "E0403",
        "an unknown named argument",
        "The function has no parameter of that name. The hint shows the one that was meant, or all of them.",
        "y = sum([1, 2], axes=0)",
        "y = sum([1, 2], axis=0)",
    ),
    Code(
        "E0404",
        "a whole number is wanted",
        "Positions, numbers of turns and the ends of a range are whole numbers that are known before anything runs. "
        "A number with a fraction is refused and not rounded: round it yourself, if that is what is meant.",
        "y = sum(i = 1..2.5, i)",
        "y = sum(i = 1..2, i)",
    ),
    Code(
        "E0405",
        "an argument that must be known before the run",
        "Axes, shapes, positions and numbers of turns decide what is computed, so they cannot depend on a variable or an input. Use a "
        "number or a `const`.",
        "var n = 2\ny = zeros([n])",
        "const n = 2\ny = zeros([n])",
    ),
    Code(
        "E0406",
        "an argument without a name after one with a name",
        "Arguments are given by their place first, by their name after that. Otherwise it would not be clear which place the later ones have.",
        "y = sum(axis=0, [1, 2])",
        "y = sum([1, 2], axis=0)",
    ),
    Code(
        "E0407",
        "an argument that is given twice",
        "The argument is given by its place and by its name, or by its name twice. Only one of them can be meant: delete the other.",
        "y = sum([1, 2], axis=0, axis=0)",
        "y = sum([1, 2], axis=0)",
    ),
    Code(
        "E0408",
        "a parameter without default after one with default",
        "The parameters that a call may leave out stand last. Otherwise a call with few arguments could be read in two ways.",
        "def f(k=1, x) = k * x\ny = f(1, 2)",
        "def f(x, k=1) = k * x\ny = f(2, 1)",
    ),
)

_SHAPES = (
    Code(
        "E0501",
        "shapes that do not fit",
        "The operands of an operator have shapes that cannot be brought together. Shapes are compared from the last axis on; two sizes fit "
        "if they are equal or one of "
        "them is 1 (NumPy's broadcasting). For `@` the last axis of the first operand is the last but one of the second.",
        "y = [1, 2] + [1, 2, 3]",
        "y = [1, 2, 0] + [1, 2, 3]",
    ),
    Code(
        "E0502",
        "a value that has not the declared shape",
        "The declaration gives a shape and a value that has another. A letter stands for any size, the same wherever it stands; ? for any "
        "size on its own.",
        "var w: [2] = [1, 2, 3]",
        "var w: [3] = [1, 2, 3]",
    ),
    Code(
        "E0503",
        "not a size",
        "A size in a shape is a whole number, a letter, or ?. A letter stands for any size, the same wherever it stands; ? for any size on its own.",
        "var w: [2.5] = 1",
        "var w: [2] = 1",
    ),
)

_DERIVATIVES = (
    Code(
        "E0601",
        "a derivative that cannot be taken",
        "The target or the source of a derivative is not one that has a derivative of this kind: a Jacobian has one target, a product of "
        "vectors needs vectors of the "
        "shapes of the sources or of the targets, and a weight has the shape of its target.",
        "var x = 3\ny = jvp(x**2, x, [1, 2])",
        "var x = 3\ny = jvp(x**2, x, 1)",
    ),
    Code(
        "E0602",
        "a gradient that is none is used as a number",
        "`grad` is none where the target does not depend on the source, or where the path between them is cut or not recorded. None is not "
        "a number. "
        "Test it with `is none`, or ask for zeros with unconnected=zero.",
        "var x = 3\nvar z = 2\ny = 1 + grad(x**2, z)",
        "var x = 3\nvar z = 2\ny = 1 + grad(x**2, z, unconnected=zero)",
    ),
    Code(
        "E0603",
        "a list whose entries have different shapes",
        "The name stands for a list, as grad(y, [a, b]) gives it, whose entries have different shapes: it is not a tensor, so it cannot be "
        "a target or a source as a whole. "
        "Name its entries.",
    ),
    Code(
        "E0604",
        "a file without a target",
        "The file defines nothing that could be evaluated or differentiated: name an expression, or end the file with one.",
        "var x = 3",
        "var x = 3\ny = x**2",
    ),
    Code(
        "E0605",
        "nothing to differentiate with respect to",
        "Without --wrt the sources are all trainable variables, else all inputs. The file declares neither.",
        "const k = 3\ny = k**2",
        "var k = 3\ny = k**2",
    ),
    Code(
        "E0606",
        "a seed for something that is not there",
        "--grad-ys names a target, --v a source (jvp, hvp) or a target (vjp). The name given is none of those in question.",
        exit_code=2,
    ),
    Code(
        "E0607",
        "a seed of the wrong shape",
        "A weight has the shape of its target, a direction that of its source. A number alone is not spread over a tensor: give as many as it has elements.",
        exit_code=2,
    ),
    Code(
        "E0608",
        "a direction is missing",
        "jvp and hvp need a direction for at least one source, vjp a weight for at least one target: give it with --v NAME=VALUE.",
        exit_code=2,
    ),
    Code(
        "E0609",
        "an optimizer, a schedule or a setting that is not there",
        "--optimizer takes NAME or NAME:key=value,…, with the names and keys that Keras has; --learning-rate a number or a schedule. The message names what is known.",
        exit_code=2,
    ),
    Code(
        "E0610",
        "no variable has a gradient",
        "A variable without a gradient keeps its value. When the loss depends on none of them, there is nothing to train; `diffcli why` shows where each path is cut.",
        "var w = 1\nsteps = floor(w)\nminimize steps",
        "var w = 1\nloss = w**2\nminimize loss",
    ),
    Code(
        "E0611",
        "the loss is not clear",
        "One real number is minimized: what `minimize NAME` or --of names, else the only target of the file, else the one called loss.",
        "var w = 1\na = w**2\nb = w + 1",
        "var w = 1\na = w**2\nb = w + 1\nminimize a",
    ),
    Code(
        "E0612",
        "a loss that cannot be taken row by row",
        "An input that is one number and is fed by a column differs from row to row, and the loss of a batch is the mean over its rows. That needs a loss that is computed from numbers alone; with tensors in it, declare the input with its rows, as in input x: [n].",
        exit_code=2,
    ),
    Code(
        "E0620",
        "nothing is uncertain",
        "`propagate` computes the uncertainty of a result from those of what it is computed from, and none of these has one: state it in the "
        "declaration, as in var L = 1.0 ± 0.1, or give it with --uncertainty NAME=VALUE.",
        "var L = 1\ny = L**2",
        "var L = 1 ± 0.1\ny = L**2",
    ),
    Code(
        "E0621",
        "an uncertainty that is none",
        "A standard uncertainty is a number that is finite and not negative, in the units of its value; for a tensor one number for all elements, "
        "or one for each. 0 means exact.",
        "var L = 1 ± -0.1\ny = L**2",
        "var L = 1 ± 0.1\ny = L**2",
    ),
    Code(
        "E0622",
        "correlations that cannot be",
        "A correlation is a number from -1 to 1, stated once for a pair. Several of them must fit together: what is strongly correlated with a "
        "third thing is correlated. "
        "The matrix of all correlations has to be positive semidefinite, else some result would have a negative variance.",
        "var a = 1 ± 0.1\nvar b = 1 ± 0.1\ncorr(a, b) = 1.5\ny = a + b",
        "var a = 1 ± 0.1\nvar b = 1 ± 0.1\ncorr(a, b) = 0.5\ny = a + b",
    ),
    Code(
        "E0630",
        "a loss that is no sum of squares",
        "A fit needs the residuals one by one, and finds them in the graph of the loss: a sum or mean of squares, such as mean((y - model)**2), "
        "sum(square(y - model)) or mse(y, model), with any constant factor before it. For other losses there is `minimize`; robust ones are an "
        "option of `fit`, as --loss huber.",
    ),
)

_LIMITS = (
    Code(
        "E0701",
        "the file is too large",
        "The file, or one that it uses, is larger than the limit, which keeps a stranger's file from filling the memory. If the file is "
        "meant to be that large, raise the "
        "limit with --max-bytes.",
    ),
    Code(
        "E0702",
        "nested too deep",
        "Brackets, sums or calls of functions stand inside one another deeper than the limit. The limit on brackets is raised with --max-depth.",
    ),
    Code(
        "E0703",
        "a tensor is too large",
        "An expression makes a tensor with more elements than the limit. Raise it with --max-elements, if the memory is there.",
        "y = zeros([100000, 100000])",
        "y = zeros([100, 100])",
    ),
    Code(
        "E0704",
        "too many operations",
        "The file, with its sums and repetitions written out, has more operations than the limit. Raise it with --max-nodes.",
    ),
    Code(
        "E0705",
        "too many repetitions",
        "`repeat`, or a range of `sum` or `prod`, has more turns than the limit. Raise it with --max-repeat.",
        "y = sum(i = 1..10000000000, i)",
        "y = sum(i = 1..10, i)",
    ),
)

_EVALUATION = (
    Code(
        "E0801",
        "an input without a value",
        "To compute, every input needs a value: from its declaration, or from --at NAME=VALUE.",
        "input t\ny = t**2",
        "input t = 1\ny = t**2",
        4,
    ),
    Code(
        "E0802",
        "an operation that cannot be carried out",
        "The shapes fit, but the numbers do not allow the operation: most often a position that was computed lies outside its axis. "
        "The place is that of the operation.",
        "var w = [1, 2]\nvar i = 7\ny = gather(w, int(i))",
        "var w = [1, 2]\nvar i = 1\ny = gather(w, int(i))",
        4,
    ),
    Code(
        "E0803",
        "a model without a value at the start of a fit",
        "With the parameters at their start, the model or one of its derivatives is NaN or infinite in some row, so there is no step to take. "
        "Start elsewhere: the values stand in the file, and --at NAME=VALUE overrides them.",
        exit_code=4,
    ),
)

_ALL = (*_ENCODING, *_SYNTAX, *_NAMES, *_ARGUMENTS, *_SHAPES, *_DERIVATIVES, *_LIMITS, *_EVALUATION)
CODES: dict[str, Code] = {entry.code: entry for entry in _ALL}

_REASONS = (
    Code(
        "unused",
        "the target does not depend on the source",
        "No operation on the way to the target reads the source, so there is nothing to differentiate: the gradient is none, not 0. "
        "--unconnected zero gives zeros instead.",
        "var x = 3\nvar z = 2\ny = x**2\nexpect grad(y, z) is none",
        "",
        None,
    ),
    Code(
        "unwatched",
        "the tape does not watch the source",
        "In a file with a tape, a constant or an input is watched only after `watch`, and with `tape manual` so is a variable. "
        "What is not watched has no gradient.",
        "const c = 3\ntape { y = c**2 }\nexpect grad(y, c) is none",
        "const c = 3\ntape { watch c; y = c**2 }\nexpect grad(y, c) == 6",
        None,
    ),
    Code(
        "frozen",
        "the source is not trainable",
        "A tape watches trainable variables by itself, frozen ones only after `watch`. Without a tape, frozen variables have gradients "
        "like all others.",
        "frozen x = 3\ntape { y = x**2 }\nexpect grad(y, x) is none",
        "frozen x = 3\ntape { watch x; y = x**2 }\nexpect grad(y, x) == 6",
        None,
    ),
    Code(
        "stopped",
        "the path is stopped",
        "A `stop` statement, the argument stop=[…], the option --stop or the function stop_gradient makes a node a constant for everything "
        "before it. "
        "The gradient with respect to the stopped node itself is still there.",
        "var a = 1\nb = 2 * a\ny = 3 * b\nstop b\nexpect grad(y, a) is none",
        "var a = 1\nb = 2 * a\ny = 3 * b\nexpect grad(y, a) == 6",
        None,
    ),
    Code(
        "cut",
        "an operation has no derivative",
        "An operation on the path is not differentiable: floor, ceil, round, argmax, a comparison. Its result is a step function, and the "
        "path ends there. "
        "(`sign` counts as differentiable with derivative 0, as in TensorFlow.)",
        "var x = 2.5\ny = floor(x)\nexpect grad(y, x) is none",
        "",
        None,
    ),
    Code(
        "integer",
        "the path runs through whole numbers",
        "Whole numbers and truth values carry no derivative: int(…), positions, conditions.",
        "var x = 2.5\ny = int(x)\nexpect grad(y, x) is none",
        "",
        None,
    ),
    Code(
        "before-tape",
        "the source was computed before the tape",
        "A tape records what is computed inside it. A node that was computed before is a constant for it, unless `watch` names it.",
        "var v = 2\nx = v + 1\ntape { y = x**2 }\nexpect grad(y, x) is none",
        "var v = 2\ntape { x = v + 1; y = x**2 }\nexpect grad(y, x) == 6",
        None,
    ),
    Code(
        "paused",
        "the path was computed while the tape was paused",
        "What stands in a `pause` block is computed and not recorded: its results are constants for the tape.",
        "var x = 3\ntape { y = x**2; pause { z = y**2 }; w = z + 0*x }\nexpect grad(w, y) is none",
        "",
        None,
    ),
)
REASONS: dict[str, Code] = {entry.code: entry for entry in _REASONS}
