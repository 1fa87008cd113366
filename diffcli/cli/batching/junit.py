"""`--junit FILE`: what became of each file as JUnit XML, which build servers show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from diffcli.cli.output import write_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from diffcli.cli.env import Environment

# XML has no way to write these.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(NamedTuple):
    """A file in the report; `kind` is empty where all went well, and else the diagnostic or `failed`."""

    file: str
    seconds: float
    kind: str = ""
    message: str = ""
    details: str = ""


def case_of(made: Mapping[str, Any], code: int, seconds: float) -> Case:
    """The case of a document."""
    errors = [each for each in made["diagnostics"] if each["severity"] == "error"]
    if errors:
        details = [f"{place(each)}{each['message']}" for each in errors]
        return Case(made["file"], seconds, errors[0]["code"], errors[0]["message"], "\n".join(details))
    if code == 0:
        return Case(made["file"], seconds)
    details = list(unwanted(made))
    return Case(made["file"], seconds, "failed", details[0] if details else f"exit code {code}", "\n".join(details))


def place(diagnostic: Mapping[str, Any]) -> str:
    """Where a diagnostic stands, before its message."""
    at = diagnostic["at"]
    return f"{diagnostic['file']}:{at['line']}:{at['column']}: " if at else ""


def unwanted(made: Mapping[str, Any]) -> Iterator[str]:
    """What is not as it should be in the rows of a document: expectations, checks, statuses."""
    for rows in made.values():
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, dict):
                continue
            if row.get("passed") is False:
                yield f"{made['file']}:{row['line']}: {row['text']}: {row['message']}"
            elif row.get("status") not in (None, "ok"):
                names = row.get("wrt") or row.get("name") or ""
                yield f"{names if isinstance(names, str) else ', '.join(names)}: {row['status']}"


def report(command: str, cases: list[Case]) -> bytes:
    """The cases as a JUnit document: a suite with a test case for each file."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    failures = sum(case.kind == "failed" for case in cases)
    numbers = {
        "tests": str(len(cases)),
        "failures": str(failures),
        "errors": str(sum(bool(case.kind) for case in cases) - failures),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }
    root = Element("testsuites", {"name": "diffcli", **numbers})
    suite = SubElement(root, "testsuite", {"name": f"diffcli {command}", **numbers, "skipped": "0"})
    for case in cases:
        add(suite, command, case)
    indent(root)
    made: bytes = tostring(root, "utf-8", xml_declaration=True)
    return made + b"\n"


def add(suite: Element, command: str, case: Case) -> None:
    """Add a test case, and in it what is wrong."""
    from xml.etree.ElementTree import SubElement

    about = {"classname": f"diffcli.{command}", "name": writable(case.file), "time": f"{case.seconds:.3f}"}
    made = SubElement(suite, "testcase", about)
    if case.kind:
        word = "failure" if case.kind == "failed" else "error"
        wrong = SubElement(made, word, {"type": case.kind, "message": writable(case.message)})
        wrong.text = writable(case.details)


def writable(text: str) -> str:
    """The text without the characters that XML has no way to write."""
    return UNWRITABLE.sub("\ufffd", text)


def write(path: str, command: str, cases: list[Case], environment: Environment) -> None:
    """Write the report; it has its name when all of it is there."""
    write_chunks([report(command, cases)], path, environment)
