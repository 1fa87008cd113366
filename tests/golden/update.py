"""Write the golden renderings anew: `python -m tests.golden.update`."""

from __future__ import annotations

from tests.golden.renderings import FOLDER, renderings


def update() -> None:
    """Write every rendering, and delete those that nothing makes any more."""
    made = dict(renderings())
    for folder in ("render", "help"):
        (FOLDER / folder).mkdir(exist_ok=True)
        for path in (FOLDER / folder).iterdir():
            if f"{folder}/{path.name}" not in made:
                path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_bytes(text.encode("utf-8", "backslashreplace"))


if __name__ == "__main__":
    update()
