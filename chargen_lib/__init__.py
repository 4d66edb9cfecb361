"""The helper library of the course: what the lessons import once they have built it by hand.

A room a topic, and each imports only from rooms above it in this list:

text         characters to ids and back; train and held-out parts
corpora      texts to learn from
entropy      counts, floors and bits: how predictable a text is
embeddings   rows of a table, and which of them are alike
models       networks and tables behind one protocol
sampling     from logits to a drawn character
generation   from a model to a text, in one compiled scan
search       from a model to its likeliest text
training     from a text to a trained model
checkpoints  a trained model kept on disk
plots        the course's still figures
widgets      the course's moving figures
exercises    what checks your answers
instructor   assignments, private problem sets, and what the gradebook tells
"""

__version__ = "0.1.0"
