"""What the commands return: frozen documents that every output format can show.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Result, Section, columns_of, section, value_statuses
from diffcli.rows import (
    CaseRow,
    CodeRow,
    FormulaRow,
    GradientRow,
    MatrixRow,
    OperatorRow,
    ProductRow,
    Reason,
    Sparse,
    StoppedRow,
    TargetRow,
    WatchedRow,
)

__all__ = [
    "CaseRow",
    "CodeRow",
    "DiffResult",
    "EvalResult",
    "ExplainResult",
    "FormulaRow",
    "GradResult",
    "GradientRow",
    "HessianResult",
    "JacobianResult",
    "MatrixRow",
    "OperatorRow",
    "OpsResult",
    "ProductResult",
    "ProductRow",
    "Reason",
    "Sparse",
    "StoppedRow",
    "TargetRow",
    "TestResult",
    "WatchedRow",
]


class EvalFields(NamedTuple):
    file: str
    semantics: str
    targets: tuple[TargetRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class EvalResult(EvalFields, Result):
    """The values of the targets."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/eval/1", "targets", "Targets"
    COLUMNS = columns_of("name=target", "shape", "-dtype", "value", "-expression=formula")
    PLAIN = ("name", "value")

    def statuses(self) -> set[str]:
        """What `--fail-on` can find in values: nan, inf, and zero where every element is."""
        return {status for row in self.targets for status in value_statuses(row.value)}


class GradFields(NamedTuple):
    file: str
    semantics: str
    mode: str
    targets: tuple[TargetRow, ...]
    gradients: tuple[GradientRow, ...]
    watched: tuple[WatchedRow, ...]
    stopped: tuple[StoppedRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class GradResult(GradFields, Result):
    """Gradients, watched variables and stopped nodes."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/grad/1", "gradients", "Gradients"
    COLUMNS = columns_of(
        "wrt=source",
        "-of=target",
        "kind",
        "shape",
        "-dtype",
        "at=value",
        "value=gradient",
        "status",
        "-reason",
        "-expression=formula",
        "note",
    )
    PLAIN = ("wrt", "value", "note")
    WATCHED = columns_of("name", "kind", "trainable", "shape", "value", "why=why watched")
    STOPPED = columns_of("node", "op=operation", "at=position", "why", "severs")

    def title(self) -> str:
        """The heading of the gradients, which says when several targets are summed."""
        sums = dict.fromkeys(row.of for row in self.gradients)
        names = [f"the sum of {len(of)} targets: {', '.join(of)}" if len(of) > 1 else ", ".join(of) for of in sums]
        return f"Gradients of {'; '.join(names)}" if names else "Gradients"

    def sections(self) -> tuple[Section, ...]:
        """Gradients, watched variables, stopped nodes: in this order, always."""
        return (
            *Result.sections(self),
            section("Watched variables", self.WATCHED, self.watched, self.file, "none"),
            section("Stopped nodes", self.STOPPED, self.stopped, self.file, "none"),
        )


class JacobianFields(NamedTuple):
    file: str
    semantics: str
    mode: str
    jacobians: tuple[MatrixRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class JacobianResult(JacobianFields, Result):
    """The derivative of every element of a target by every element of a source."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/jacobian/1", "jacobians", "Jacobians"
    COLUMNS = columns_of(
        "of=target",
        "wrt=source",
        "shape",
        "-dtype",
        "value=jacobian",
        "status",
        "-reason",
        "-expression=formula",
        "-sparse",
        "note",
    )
    PLAIN = ("of", "wrt", "value", "note")


class HessianFields(NamedTuple):
    file: str
    semantics: str
    mode: str
    hessians: tuple[MatrixRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class HessianResult(HessianFields, Result):
    """The second derivatives of a target by pairs of sources."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/hessian/1", "hessians", "Hessians"
    COLUMNS = columns_of(
        "of=target",
        "wrt=sources",
        "shape",
        "-dtype",
        "value=hessian",
        "status",
        "-reason",
        "-expression=formula",
        "-sparse",
        "note",
    )
    PLAIN = ("of", "wrt", "value", "note")


class ProductFields(NamedTuple):
    kind: str
    file: str
    semantics: str
    mode: str
    products: tuple[ProductRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class ProductResult(ProductFields, Result):
    """Products with named seeds; `kind` is jvp, vjp or hvp."""

    __slots__ = ()
    MAIN = "products"
    COLUMNS = columns_of(
        "name", "-of=target", "-wrt=source", "shape", "-dtype", "value=product", "status", "-reason", "note"
    )
    PLAIN = ("name", "value", "note")

    def title(self) -> str:
        """The heading of the products."""
        return {"jvp": "Jacobian-vector products", "vjp": "Vector-Jacobian products", "hvp": "Hessian-vector products"}[
            self.kind
        ]

    def main_key(self) -> str:
        """jvps, vjps or hvps."""
        return f"{self.kind}s"

    def as_dict(self) -> dict[str, Any]:
        """The document as JSON has it: the list is called jvps, vjps or hvps."""
        document = Result.as_dict(self) | {"schema": f"diffcli/{self.kind}/1"}
        del document["kind"]
        return {(self.main_key() if key == "products" else key): value for key, value in document.items()}


class DiffFields(NamedTuple):
    file: str
    formulas: tuple[FormulaRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class DiffResult(DiffFields, Result):
    """Derivatives as formulas."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/diff/1", "formulas", "Formulas"
    COLUMNS = columns_of("of=target", "wrt=source", "order", "-definitions", "text=formula", "-latex", "-value")
    PLAIN = ("text",)
    PARTS = columns_of("name", "text=formula")
    STEPS = columns_of("node", "rule", "arrives", "to", "passes=passes on", "at=position")

    def sections(self) -> tuple[Section, ...]:
        """A table per derivative: the shared sub-expressions, the formula that uses them, its value, and its steps."""
        found = []
        for row in self.formulas:
            value = () if row.value is None else (("value", row.value),)
            parts = (*row.definitions, (row.symbol(), row.shown()), *value)
            found.append(Section(row.title(), self.PARTS, parts, "none"))
            if row.steps:
                found.append(section("Steps, from the target to the sources", self.STEPS, row.steps, self.file, "none"))
        return tuple(found) or Result.sections(self)

    def prose(self, format: str) -> str | None:
        """In plain an expression file that computes the derivative; in LaTeX the formulas."""
        if format == "latex":
            return "".join(f"\\[ {row.latex} \\]\n" for row in self.formulas)
        return "".join(row.script() for row in self.formulas) if format == "plain" else None


class TestFields(NamedTuple):
    file: str
    cases: tuple[CaseRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class TestResult(TestFields, Result):
    """What became of the `expect` lines of a file."""

    __slots__ = ()
    __test__ = False
    SCHEMA, MAIN, TITLE = "diffcli/test/1", "cases", "Expectations"
    COLUMNS = columns_of("line", "text=expectation", "passed", "message")
    PLAIN = ("line", "text", "passed", "message")

    def prose(self, format: str) -> str | None:
        """In tables and plain text a line for the file and one for each expectation that failed."""
        if format not in ("table", "plain"):
            return None
        failed = [case for case in self.cases if not case.passed]
        refused = ", ".join(dict.fromkeys(each.code for each in self.diagnostics if each.severity == "error"))
        if refused:
            return f"WRONG {self.file}  refused with {refused}\n"
        total = f"{len(self.cases)} expectation{'s' * (len(self.cases) != 1)}"
        if not failed:
            return f"ok    {self.file}  {total}\n"
        lines = [f"{self.file}:{case.line}: {case.text}\n        {case.message}" for case in failed]
        return "\n      ".join([f"FAIL  {self.file}  {len(failed)} of {total} failed", *lines]) + "\n"

    @property
    def passed(self) -> bool:
        """True when every expectation held."""
        return all(case.passed for case in self.cases)


class OpsFields(NamedTuple):
    operators: tuple[OperatorRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class OpsResult(OpsFields, Result):
    """The operators of the language, from their registry."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE, file = "diffcli/ops/1", "operators", "Operators", ""
    COLUMNS = columns_of(
        "name",
        "signature",
        "-family",
        "-aliases",
        "doc=meaning",
        "-rule",
        "-conventions",
        "-latex",
        "-edges=special points",
    )
    PLAIN = ("signature", "doc")

    def prose(self, format: str) -> str | None:
        """One operator alone is a page and not a table."""
        if format not in ("table", "plain") or len(self.operators) != 1:
            return None
        row = self.operators[0]
        facts = (("family", row.family), ("also", ", ".join(row.aliases)), ("rule", row.rule), ("latex", row.latex))
        lines = [row.signature, f"    {row.doc}", "", *(f"{name:<8}{text}" for name, text in facts if text)]
        for title, texts in (("conventions", row.conventions), ("special points", row.edges)):
            lines += ["", title, *(f"    {each}" for each in texts)] if texts else []
        return "\n".join(lines) + "\n"

    def sections(self) -> tuple[Section, ...]:
        """A table per family."""
        families = dict.fromkeys(row.family for row in self.operators)
        return tuple(
            section(
                family.capitalize(), self.COLUMNS, (row for row in self.operators if row.family == family), "", "none"
            )
            for family in families
        )


class ExplainFields(NamedTuple):
    codes: tuple[CodeRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class ExplainResult(ExplainFields, Result):
    """Diagnostics and reasons in full."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE, file = "diffcli/explain/1", "codes", "Codes", ""
    COLUMNS = columns_of("code", "title=meaning", "-explanation", "-exit_code=exit")
    PLAIN = ("code", "title")

    def prose(self, format: str) -> str | None:
        """One code alone is a page and not a table."""
        if format not in ("table", "plain") or len(self.codes) != 1:
            return None
        row = self.codes[0]
        exit_code = [] if row.exit_code is None else ["", f"exit code {row.exit_code}"]
        return "\n".join([f"{row.code}: {row.title}", "", *wrapped(row.explanation), *exit_code]) + "\n"


def wrapped(explanation: str) -> list[str]:
    """The lines of an explanation, its sentences in lines of 80 and its indented programs as they are."""
    from textwrap import wrap

    lines = explanation.split("\n")
    return [line for each in lines for line in ([each] if not each or each.startswith(" ") else wrap(each, 80))]
