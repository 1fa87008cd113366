"""What makes a gradient zero, NaN or infinite, in full: what `diffcli explain` prints for the codes that `why` gives."""

from __future__ import annotations

from .codes import Code

# An operation's value went bad, or only its derivative did; the rest are ways to be exactly 0.
_CAUSES = (
    Code(
        "forward",
        "a value went bad",
        "The first thing that is not finite is the value of an operation: a logarithm of 0, an overflow, 0 / 0. "
        "Everything computed from it is spoilt, the gradient too; mend the value.",
        "input x = 1000\ny = log(1 + exp(x))\nexpect y == inf",
        "input x = 1000\ny = softplus(x)\nexpect grad(y, x) == 1",
        None,
    ),
    Code(
        "backward",
        "a derivative went bad",
        "All values are finite; a derivative is infinite, and a product such as 0 * inf makes it NaN. "
        "The value is right, so look for an equal expression whose derivative is finite there.",
        "input x = 0\ny = sqrt(x**2)\nexpect grad(y, x) == nan",
        "input x = 0\ny = abs(x)\nexpect grad(y, x) == 0",
        None,
    ),
    Code(
        "branch",
        "the branch was not taken",
        "The source stands in the branch of `where` or `if` whose condition chose the other one. "
        "That branch contributes exactly 0, whatever its own derivative is.",
        "input x = -1\ny = where(x > 0, log(x), 2)\nexpect grad(y, x) == 0",
        "",
        None,
    ),
    Code(
        "flat",
        "the function is level there",
        "The operation does not change when its operand does: relu below 0, clip outside its bounds, sign. "
        "Its derivative is exactly 0 there, and nothing behind it learns.",
        "input x = -2\ny = relu(x)\nexpect grad(y, x) == 0",
        "input x = -2\ny = leaky_relu(x)\nexpect grad(y, x) == 0.2",
        None,
    ),
    Code(
        "times-zero",
        "a factor is zero",
        "The path goes through a product whose other factor is 0, so what arrives is multiplied by 0. "
        "The source is connected, and a change of the factor brings the gradient back.",
        "var x = 3\nvar gate = 0\ny = gate * x\nexpect grad(y, x) == 0",
        "",
        None,
    ),
    Code(
        "saturation",
        "the function is saturated",
        "Far out, sigmoid, tanh and erf are so close to their limit that their derivative rounds to 0. "
        "Scale the operand, or work with logits and a function made for them.",
        "input x = 800\ny = sigmoid(-x)\nexpect grad(y, x) == 0",
        "input x = 800\ny = log_sigmoid(-x)\nexpect grad(y, x) == -1",
        None,
    ),
    Code(
        "underflow",
        "a number is too small to be told from 0",
        "A value or a product is below the smallest number of the dtype and became 0, though mathematically it is not. "
        "Work with its logarithm.",
        "input x = 800\ny = exp(-x)\nexpect grad(y, x) == 0",
        "input x = 800\ny = -x\nexpect grad(y, x) == -1",
        None,
    ),
    Code(
        "cancellation",
        "contributions cancel",
        "Several paths lead to the source, and what they contribute adds up to exactly 0. "
        "Each path alone has a gradient.",
        "var x = 3\ny = 2 * x - x - x\nexpect grad(y, x) == 0",
        "",
        None,
    ),
    Code(
        "stationary",
        "the derivative is zero at this point",
        "The point is a minimum, a maximum or a saddle of an operation: the derivative of x**2 at 0 is 0. "
        "Nothing is wrong; at another point the gradient is not 0.",
        "input x = 0\ny = x**2\nexpect grad(y, x) == 0",
        "input x = 1\ny = x**2\nexpect grad(y, x) == 2",
        None,
    ),
    Code(
        "not-picked",
        "the element was not picked",
        "The operation passes on some elements alone: the largest, those at an index. The others have derivative 0.",
        "input a = 1\ninput b = 5\ny = max([a, b])\nexpect grad(y, a) == 0",
        "",
        None,
    ),
    Code(
        "zero",
        "a zero was passed on",
        "What arrives from the targets is 0 already, so nothing can be passed on. Look at the node before it.",
        "var x = 3\nvar w = 0\ny = w * (x**2 + 1)\nexpect grad(y, x) == 0",
        "",
        None,
    ),
)
CAUSES: dict[str, Code] = {entry.code: entry for entry in _CAUSES}
