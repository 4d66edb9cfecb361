"""The course's models, all behind one protocol, so that one function writes, searches, trains and judges with every one of them.

model(ids)                        (batch, time) int -> logits (batch, time, vocab): row t says what comes after ids[:, t]
model.init_state(batch_size)      what the model remembers before it has read anything; batch is every leaf's first axis
model.step(ids, state)            (batch,) int, state -> logits (batch, vocab), state: one character
model.read(ids, state, lengths)   (batch, time) int, state -> logits, and the state after each row's first lengths[row] ids

The three ways of asking give the same numbers.  A model that sees one character has nothing to remember: its state is the empty tuple.
init_state may take `places` too, the number of ids that will be read at most: see room_for.

protocol      what every model has, and what stands in where a model of your own has less
tables        counts behind the protocol of the networks
per_position  a network that sees one character
window        a network that sees the last few
recurrent     networks that carry a state: rnn, gru, lstm
gru_gradient  a GRU's gradient, worked out by hand
transformer   a network whose places look back at others
combined      what several models say together
labelled      a network that is told what kind of text it reads
parts         what several networks are made of
drawing       what their weights are before any training
"""

from chargen_lib.models.combined import Guided, Mixture
from chargen_lib.models.labelled import Labelled, drop_labels
from chargen_lib.models.per_position import PerPositionMLP
from chargen_lib.models.protocol import Model, State, check_ids, keep_rows, read, read_by_steps, room_for, size_of, to_drop_by
from chargen_lib.models.recurrent import Recurrent
from chargen_lib.models.tables import BigramTable, Counted, NGramTable
from chargen_lib.models.transformer import Transformer
from chargen_lib.models.window import WindowMLP

__all__ = [
    "BigramTable",
    "Counted",
    "Guided",
    "Labelled",
    "Mixture",
    "Model",
    "NGramTable",
    "PerPositionMLP",
    "Recurrent",
    "State",
    "Transformer",
    "WindowMLP",
    "check_ids",
    "drop_labels",
    "keep_rows",
    "read",
    "read_by_steps",
    "room_for",
    "size_of",
    "to_drop_by",
]
