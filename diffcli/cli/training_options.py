"""The options of `minimize`: how it trains, what it sees of the data, and what it keeps.

They are evaluated, so this file has no postponed annotations.
"""

from typing import Annotated, Literal

import typer

from diffcli.cli.options import Options, Texts, number, option

TRAINING, CLIPPING, EPOCHS, KEEPING = "How to train", "Clipping", "Epochs over rows of data", "What to keep and show"


class TrainingOptions(Options):
    """What a command line can say about a training."""

    optimizer: Annotated[
        str,
        option(
            "--optimizer",
            help="sgd (default), adagrad, adadelta, rmsprop, adam, adamw, adamax, nadam, ftrl, lion, proximal_sgd; l-bfgs-b "
            "and trust-constr by scipy. Settings as Keras spells them.",
            panel=TRAINING,
            metavar="NAME[:key=value,…]",
        ),
    ] = "sgd"
    variant: Annotated[
        Literal["tf1", "keras"] | None,
        option("--variant", help="Whose rule, where TensorFlow 1 and Keras differ (default keras).", panel=TRAINING),
    ] = None
    learning_rate: Annotated[
        str | None,
        option(
            "--learning-rate",
            help="A number, or a schedule: exponential, inverse_time, polynomial, cosine, piecewise, as in "
            "cosine:0.1,decay_steps=1000.",
            panel=TRAINING,
            metavar="RATE|SCHEDULE",
        ),
    ] = None
    warmup_steps: Annotated[
        int, number("--warmup-steps", "Let the rate rise in equal parts for so many steps.", TRAINING, minimum=0)
    ] = 0
    maximum_steps: Annotated[
        int | None,
        number("--steps", "Steps at the most (default 100, with --data those of the epochs).", TRAINING, minimum=0),
    ] = None
    until: Annotated[
        str | None,
        option(
            "--until", help="Stop when this holds; exit 1 when it never does.", panel=TRAINING, metavar="'loss < 1e-6'"
        ),
    ] = None
    var_list: Annotated[
        Texts,
        option("--var-list", help="What to train (default: all trainable variables).", panel=TRAINING, metavar="NAMES"),
    ] = None
    grad_loss: Annotated[
        str | None, option("--grad-loss", help="Weight of the loss, of its shape.", panel=TRAINING, metavar="VALUE")
    ] = None

    clip_value: Annotated[float | None, number("--clip-value", "Keep each element within ±C.", CLIPPING, "C")] = None
    clip_norm: Annotated[float | None, number("--clip-norm", "Shorten each gradient to length C.", CLIPPING, "C")] = (
        None
    )
    clip_global_norm: Annotated[
        float | None, number("--clip-global-norm", "Shorten all gradients together to length C.", CLIPPING, "C")
    ] = None

    epochs: Annotated[int | None, number("--epochs", "Passes over the rows (default 1).", EPOCHS, minimum=1)] = None
    batch_size: Annotated[
        int, number("--batch-size", "Rows in a step (default 32); 0 takes all of them.", EPOCHS, minimum=0)
    ] = 32
    shuffle: Annotated[
        bool,
        typer.Option(
            "--shuffle/--no-shuffle",
            help="Draw the order of the rows anew in each epoch (default).",
            rich_help_panel=EPOCHS,
            show_default=False,
        ),
    ] = True
    validation_data: Annotated[
        Texts, option("--validation-data", help="Rows to validate with; as --data.", panel=EPOCHS, metavar="FILE")
    ] = None
    validation_split: Annotated[
        float | None,
        number("--validation-split", "Share of the last rows to validate with instead.", EPOCHS, "SHARE", 0),
    ] = None
    validation_freq: Annotated[
        int, number("--validation-freq", "Validate after every so many epochs (default 1).", EPOCHS, minimum=1)
    ] = 1
    early_stopping: Annotated[
        str | None,
        option(
            "--early-stopping",
            help="Stop when a number gets no better: val_loss:patience=3,restore_best_weights=true.",
            panel=EPOCHS,
            metavar="NAME[:key=value,…]",
        ),
    ] = None
    metrics: Annotated[
        Texts,
        option(
            "--metrics",
            help="Numbers to report beside the loss (default: the file's other targets).",
            panel=EPOCHS,
            metavar="NAMES",
        ),
    ] = None

    show_gradients: Annotated[
        bool,
        option("--show-gradients", help="Print the pairs of gradient and variable of every step kept.", panel=KEEPING),
    ] = False
    history: Annotated[
        int | None, number("--history", "Keep every Nth step (default: at most 1,000 of them).", KEEPING, minimum=1)
    ] = None
    no_history: Annotated[bool, option("--no-history", help="Keep no steps.", panel=KEEPING)] = False
    history_file: Annotated[
        str | None,
        option(
            "--history-file",
            help="Write the history: epochs as Keras has them, else steps.",
            panel=KEEPING,
            metavar="FILE.csv|json",
        ),
    ] = None
    tensorboard: Annotated[
        str | None,
        option(
            "--tensorboard", help="Write loss, gradients and variables for TensorBoard.", panel=KEEPING, metavar="DIR"
        ),
    ] = None
    plot: Annotated[
        str | None,
        option(
            "--plot", help="Draw the loss and the norms of the gradients.", panel=KEEPING, metavar="FILE.png|svg|pdf"
        ),
    ] = None
    save: Annotated[
        str | None,
        option(
            "--save",
            help="Write the variables' last values; --load reads them.",
            panel=KEEPING,
            metavar="FILE.npz|safetensors",
        ),
    ] = None
    write_back: Annotated[
        bool,
        option(
            "--write-back", help="Print the file with the trained values in place, and nothing else.", panel=KEEPING
        ),
    ] = False
    checkpoint: Annotated[
        str | None,
        option(
            "--checkpoint", help="Keep in this file what --resume needs to go on.", panel=KEEPING, metavar="FILE.npz"
        ),
    ] = None
    checkpoint_every: Annotated[
        int, number("--checkpoint-every", "Write it after every so many steps (default 1,000).", KEEPING, minimum=1)
    ] = 1000
    go_on: Annotated[bool, option("--resume", help="Go on from the checkpoint if there is one.", panel=KEEPING)] = False


# What chooses rows of data, and what only makes sense with them.
ON_DATA = (
    "data_format",
    "mapping",
    "rows",
    "where",
    "sample",
    "on_error",
    "epochs",
    "batch_size",
    "shuffle",
    "validation_data",
    "validation_split",
    "validation_freq",
    "early_stopping",
)
