"""Check of derivatives in four ways, from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results_check import CheckResult
from .asked import Names, listed
from .reports import answered

if TYPE_CHECKING:
    from .program import Program
    from .values import Value


def check_grads(
    program: Program,
    wrt: Names = None,
    of: Names = None,
    *,
    against: str | None = None,
    points: int | None = None,
    seed: int = 0,
    **at: Value,
) -> CheckResult:
    """Every gradient by reverse mode, forward mode, differences of values, and its formula in 50 digits (extra `check`).

    `assert check_grads(program, x=3.0).passed` is the test. `against` states derivatives of your own, as in
    `"dx = 2*x"`, which are compared, too. Beside the point of the file or of the keywords, `points` are drawn at random
    (10 where there is something to compare with), from bounds or around the values. What `diffcli check` prints.
    """
    from ..compute.check import check

    request = program._request(at, wrt=listed(wrt, "wrt"), of=listed(of, "of"))
    return answered(lambda asked: check(asked, against, points, seed), request)
