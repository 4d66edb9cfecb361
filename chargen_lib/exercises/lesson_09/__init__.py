"""The exercises of lesson 09: what a network carries from one character to the next."""

from chargen_lib.exercises.lesson_09.clip_by_norm import CLIP_BY_NORM
from chargen_lib.exercises.lesson_09.gru_step import GRU_STEP
from chargen_lib.exercises.lesson_09.lstm_step import LSTM_STEP
from chargen_lib.exercises.lesson_09.rnn_states import RNN_STATES
from chargen_lib.exercises.lesson_09.stripes import STRIPES

EXERCISES = [RNN_STATES, GRU_STEP, LSTM_STEP, CLIP_BY_NORM, STRIPES]
