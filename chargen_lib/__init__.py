"""The helper library of the course: what the lessons import once they have built it by hand.

A room a topic, and each imports only from rooms above it in this list:

text         characters to ids and back; train and held-out parts
corpora      texts to learn from
contexts     what stands before each character of a text, counted
entropy      counts, floors and bits: how predictable a text is
worlds       made texts of which everything is known, a file each
kneser_ney   the strongest table of counts
embeddings   rows of a table, and which of them are alike
models       networks and tables behind one protocol, a file a kind
sampling     from logits to a drawn character
generation   from a model to a text, in one compiled scan
speculation  from two models, a small one that drafts, to the text of the large one
search       from a model to its likeliest text
evaluation   how well a model guesses a text
recipes      how a network is trained
training     from a text to a trained model
checkpoints  a trained model kept on disk
pretrained   the trained models that come with the course
plots        the course's still figures
widgets      the course's moving figures, a folder a figure
exercises    what checks your answers: the engine, and a file an exercise
instructor   assignments, private problem sets, and what the gradebook tells
command      chargen-course, a file a subcommand
"""

import os
import sys

__version__ = "0.2.0"

# A graphics card multiplies float32 in fewer digits unless told not to, and the lessons compare numbers to 1e-5.  Who has set it keeps it.
_digits = os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "highest")  # for a JAX that is still to be imported
if "jax" in sys.modules and sys.modules["jax"].config.jax_default_matmul_precision is None:
    sys.modules["jax"].config.update("jax_default_matmul_precision", _digits)
