"""count_parameters: its reference, what it is tried on, and the wrong answers with names."""

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def count_parameters(vocab_size, embed_dim, hidden_dim):
    table = vocab_size * embed_dim
    hidden = embed_dim * hidden_dim + hidden_dim
    output = hidden_dim * vocab_size + vocab_size
    return table + hidden + output


def count_probes(rng):
    return [
        Probe((3, 2, 5)),
        Probe((7, 11, 4)),
        Probe((128, 64, 128)),
        Probe(tuple(int(n) for n in rng.integers(2, 200, size=3))),
    ]


def _count_no_biases(vocab_size, embed_dim, hidden_dim):
    return vocab_size * embed_dim + embed_dim * hidden_dim + hidden_dim * vocab_size


def _count_no_table(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) - vocab_size * embed_dim


def _count_no_output_bias(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) - vocab_size


def _count_no_hidden_bias(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) - hidden_dim


def _count_lessons_sizes(vocab_size, embed_dim, hidden_dim):
    return count_parameters(128, 64, 128)


def _count_no_output_layer(vocab_size, embed_dim, hidden_dim):
    return vocab_size * embed_dim + embed_dim * hidden_dim + hidden_dim


def _count_input_biases(vocab_size, embed_dim, hidden_dim):
    return _count_no_biases(vocab_size, embed_dim, hidden_dim) + embed_dim + hidden_dim


def _count_table_bias(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) + embed_dim


def _count_one_hot_input(vocab_size, embed_dim, hidden_dim):
    return vocab_size * hidden_dim + hidden_dim + hidden_dim * vocab_size + vocab_size


def _count_extra_layer(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) + hidden_dim * hidden_dim + hidden_dim


def _count_first_network(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) + 3 * (hidden_dim * hidden_dim + hidden_dim)


def _count_hidden_bias_of_the_input(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) - hidden_dim + embed_dim


def _count_output_bias_of_the_input(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) - vocab_size + hidden_dim


def _count_single_biases(vocab_size, embed_dim, hidden_dim):
    return _count_no_biases(vocab_size, embed_dim, hidden_dim) + 2


def _count_no_w1(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) - embed_dim * hidden_dim


def _count_table_alone(vocab_size, embed_dim, hidden_dim):
    return vocab_size * embed_dim


def _count_product(vocab_size, embed_dim, hidden_dim):
    return vocab_size * embed_dim * hidden_dim


def _count_bytes(vocab_size, embed_dim, hidden_dim):
    return 4 * count_parameters(vocab_size, embed_dim, hidden_dim)


COUNT_PARAMETERS = Exercise(
    name="count_parameters",
    lesson=3,
    points=1,
    minutes=6,
    difficulty=1,
    hint="Write down the shapes of table, W1, b1, W2 and b2. How many numbers does each hold?",
    reference=count_parameters,
    probes=count_probes,
    misconceptions=(
        Misconception(
            "no biases",
            "The biases are missing: b1 has hidden_dim numbers and b2 has vocab_size.",
            _count_no_biases,
        ),
        Misconception(
            "no table",
            "The embedding table is missing; its vocab_size * embed_dim numbers are learned like all others.",
            _count_no_table,
        ),
        Misconception("no output bias", "The last bias, b2, is missing: one number for each character.", _count_no_output_bias),
        Misconception(
            "no hidden bias", "The first bias, b1, is missing: one number for each hidden one.", _count_no_hidden_bias
        ),
        Misconception(
            "the lesson's sizes",
            "You counted the lesson's network, whatever sizes were asked for. Use vocab_size, embed_dim and hidden_dim.",
            _count_lessons_sizes,
        ),
        Misconception(
            "no output layer",
            "The output layer is missing: W2 takes the hidden numbers to one logit for each character, and b2 is added.",
            _count_no_output_layer,
        ),
        Misconception(
            "biases of the input's size",
            "You gave each bias the size of its layer's input; a bias is added to the output, so it has the output's size.",
            _count_input_biases,
        ),
        Misconception(
            "bias for the table",
            "You counted a bias for the embedding table; looking up a row adds nothing to it.",
            _count_table_bias,
        ),
        Misconception(
            "one-hot input",
            "You let the first layer read the one-hot row itself. It reads the embedding: count the table, and W1 as (embed_dim, "
            "hidden_dim).",
            _count_one_hot_input,
        ),
        Misconception(
            "a layer too many",
            "You counted a layer from hidden to hidden as well; this network has two linear layers only.",
            _count_extra_layer,
        ),
        Misconception(
            "the first network",
            "You counted the lesson's first network, with three layers from hidden to hidden. Yours has table, W1, b1, W2 and b2 alone.",
            _count_first_network,
        ),
        Misconception(
            "b1 of the input's size",
            "You gave b1 embed_dim numbers; it is added to x @ W1, so it has hidden_dim.",
            _count_hidden_bias_of_the_input,
        ),
        Misconception(
            "b2 of the input's size",
            "You gave b2 hidden_dim numbers; it is added to the logits, so it has vocab_size.",
            _count_output_bias_of_the_input,
        ),
        Misconception(
            "one number a bias",
            "You counted each bias as one number; it is a row: b1 has hidden_dim numbers, and b2 vocab_size.",
            _count_single_biases,
        ),
        Misconception("no W1", "W1 is missing: it has embed_dim * hidden_dim numbers.", _count_no_w1),
        Misconception("table alone", "You counted the table alone; W1, b1, W2 and b2 hold numbers too.", _count_table_alone),
        Misconception(
            "product",
            "You multiplied all three sizes. Each matrix has rows times columns, and the sizes of the parts are added.",
            _count_product,
        ),
        Misconception("bytes", "You counted bytes; a parameter is one number, whatever it takes to store.", _count_bytes),
    ),
)
