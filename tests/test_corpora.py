"""The texts keep the measures they promise, and what is fetched is right or refused."""

import gzip
import hashlib
import http.server
import itertools
import os
import threading
import warnings
from pathlib import Path

import numpy as np
import pooch
import pytest

from chargen_lib import corpora, entropy
from chargen_lib.text import Vocabulary, split

RIGHT = b"a small text, just as it should be\n" * 50


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache of the test's own, no CHARGEN_DATA and no proxy."""
    folder = tmp_path / "cache" / "chargen-course"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parent))
    monkeypatch.setattr(pooch, "os_cache", lambda project: folder.parent / project)  # XDG is not asked on every system
    monkeypatch.delenv("CHARGEN_DATA", raising=False)
    for proxy in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
        monkeypatch.delenv(proxy.upper(), raising=False)
    return folder


# --- fables -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fables():
    return corpora.load("fables").text


def test_fables_are_long_enough_and_plain(fables):
    assert len(fables) >= 200_000
    assert len(set(fables)) <= 64
    assert fables.isascii() and all(c.isprintable() or c == "\n" for c in fables)


def test_fables_do_not_repeat_themselves(fables):
    assert 8 * len(gzip.compress(fables.encode(), 9)) / len(fables) > 2.5
    passages = {fables[i : i + 60] for i in range(len(fables) - 59)}
    assert len(passages) == len(fables) - 59, "a passage of 60 characters stands twice"


def test_the_held_out_fables_are_like_the_others(fables):
    """What is left to guess there, for who counted the rest, is what was left in the rest."""
    vocabulary = Vocabulary.from_text(fables)
    train, val = split(vocabulary.encode(fables))
    assert len(Vocabulary.from_text(vocabulary.decode(val))) > 0.8 * len(vocabulary)
    counts = entropy.bigram_counts(train, len(vocabulary))
    held_out = entropy.nats_to_bits(entropy.bigram_loss(entropy.add_one_log_probs(counts), val))
    assert abs(held_out - entropy.conditional_entropy(counts)) < 0.05


def test_a_corpus_does_not_flood_the_screen():
    corpus = corpora.load("fables")
    assert len(repr(corpus)) < 100 and corpus.license == "MIT" and corpus.source


# --- voices -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def voices():
    return {name: corpora.load(name).text for name in corpora.VOICES}


@pytest.mark.parametrize("name", corpora.VOICES)
def test_a_voice_is_as_long_and_as_rich_as_promised_in_the_characters_of_fables(voices, fables, name):
    text = voices[name]
    assert len(text) >= 60_000 and set(text) <= set(fables)
    assert 8 * len(gzip.compress(text.encode(), 9)) / len(text) > 2.4
    assert text == text.strip("\n") + "\n" and "\n\n\n\n" not in text
    pieces = text.split(corpora.load(name).start)
    assert len(pieces) > 60 and max(map(len, pieces)) < 2_000


def test_nothing_that_was_written_for_the_course_is_written_twice(voices, fables):
    texts = [fables, *voices.values()]
    passages = [text[i : i + 40] for text in texts for i in range(len(text) - 39)]
    assert len(set(passages)) == len(passages), "a passage of 40 characters stands twice"


def test_a_voice_is_told_from_the_others_by_its_pairs_of_characters(voices):
    """Each is judged better by what was counted in its own beginning than in another's: the kind can be heard in the letters alone."""
    vocabulary = Vocabulary.from_text("".join(voices.values()))
    parts = {name: split(vocabulary.encode(text[:60_000])) for name, text in voices.items()}
    tables = {
        name: entropy.add_one_log_probs(entropy.bigram_counts(train, len(vocabulary))) for name, (train, _) in parts.items()
    }
    for name, (_, held_out) in parts.items():
        losses = {other: entropy.bigram_loss(table, held_out) for other, table in tables.items()}
        assert min(losses, key=losses.get) == name, losses


# --- markov -----------------------------------------------------------------------------------------------------------


def test_markov_is_the_same_text_for_ever():
    text = corpora.load("markov").text
    assert len(text) == 200_000
    assert hashlib.sha256(text.encode()).hexdigest() == "91f203a161ee94729992b747b60e236c2526e03feb8d014490b5f18c09c65cf4"


def test_markov_comes_out_of_its_hats():
    assert all(len(hat) == 8 and set(hat) <= set(corpora.MARKOV_HATS) for hat in corpora.MARKOV_HATS.values())
    text = corpora.load("markov").text
    drawn = {a + b for a, b in itertools.pairwise(text)}
    assert drawn == {a + b for a, hat in corpora.MARKOV_HATS.items() for b in hat}


def test_markov_transitions_are_a_chain_that_reaches_everything():
    characters, matrix = corpora.markov_transitions()
    assert matrix.shape == (len(characters),) * 2
    assert matrix.sum(axis=1).tolist() == [1.0] * len(characters)
    assert matrix[characters.index(" "), characters.index("t")] == 0.5  # ttttsano
    within_v_steps = np.linalg.matrix_power(np.eye(len(characters)) + matrix, len(characters))
    assert (within_v_steps > 0).all()


def test_markov_measures_what_its_chain_promises():
    characters, matrix = corpora.markov_transitions()
    ids = Vocabulary(characters).encode(corpora.load("markov").text)
    measured = entropy.conditional_entropy(entropy.bigram_counts(ids, len(characters)))
    assert abs(measured - entropy.entropy_rate(matrix)) < 0.01


# --- the real texts, where somebody has them ---------------------------------------------------------------------------


@pytest.fixture
def real_texts(monkeypatch):
    folder = os.environ.get("CHARGEN_TEST_DATA")
    if not folder:
        reason = "The real texts were not tried: set CHARGEN_TEST_DATA to a folder with tinyshakespeare.txt and names.txt."
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    monkeypatch.setenv("CHARGEN_DATA", folder)


def test_tinyshakespeare_has_its_known_numbers(real_texts):
    text = corpora.load("tinyshakespeare").text
    vocabulary = Vocabulary.from_text(text)
    assert (len(text), len(vocabulary)) == (1_115_394, 65)
    train, val = split(vocabulary.encode(text))
    log_probs = entropy.add_one_log_probs(entropy.bigram_counts(train, len(vocabulary)))
    assert entropy.bigram_loss(log_probs, val) == pytest.approx(2.482, abs=0.0006)
    unigram = entropy.add_one_log_probs(entropy.unigram_counts(train, len(vocabulary)))
    assert entropy.unigram_loss(unigram, val) == pytest.approx(3.347, abs=0.0006)
    assert np.log(len(vocabulary)) == pytest.approx(4.174, abs=0.0006)


def test_names_are_32033_lines_of_small_letters(real_texts):
    text = corpora.load("names").text
    assert len(text.split()) == 32_033 and len(set(text)) == 27


# --- a local server in place of the network ----------------------------------------------------------------------------


class Server:
    """Answers every request with `status` and `body`, and says that the body has `promised` bytes."""

    def __init__(self):
        self.status, self.body, self.promised, self.requests = 200, RIGHT, None, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests += 1
                self.send_response(outer.status)
                self.send_header("Content-Length", str(outer.promised or len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *args):
                pass

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/tiny.txt"
        threading.Thread(target=self.httpd.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        self.httpd.shutdown()
        self.httpd.server_close()


@pytest.fixture
def server(monkeypatch):
    """A server, and a corpus called "tiny" that comes from it."""
    server = Server()
    monkeypatch.setitem(corpora.REMOTE, "tiny", (server.url, hashlib.sha256(RIGHT).hexdigest(), "a test", "public domain"))
    yield server
    server.stop()


def files(folder: Path):
    return [path.name for path in folder.rglob("*") if path.is_file()]


def assert_refused(cache, kind, *words):
    """Loading fails in words that say what to do, and leaves nothing in the cache."""
    with pytest.raises(kind) as caught:
        corpora.load("tiny")
    for word in (*words, "'tiny'", "CHARGEN_DATA", "tiny.txt"):
        assert word in str(caught.value), (word, str(caught.value))
    assert not files(cache)


def assert_loads():
    assert corpora.load("tiny").text == RIGHT.decode()


def test_a_right_file_is_fetched_once_and_kept(server, cache):
    corpus = corpora.load("tiny")
    assert (corpus.name, corpus.text, corpus.source, corpus.license) == ("tiny", RIGHT.decode(), "a test", "public domain")
    assert_loads()
    assert files(cache) == ["tiny.txt"] and server.requests == 1


def test_a_wrong_file_is_refused_and_a_second_try_works(server, cache):
    server.body = RIGHT.replace(b"small", b"smell")
    assert_refused(cache, ValueError, server.url, "sha256 differs", "Try again")
    server.body = RIGHT
    assert_loads()


def test_half_a_file_is_refused_and_a_second_try_works(server, cache):
    server.body, server.promised = RIGHT[: len(RIGHT) // 2], len(RIGHT)
    assert_refused(cache, ConnectionError, server.url, "try again")
    server.body = RIGHT
    assert_loads()


def test_a_page_not_found_is_an_error_and_a_second_try_works(server, cache):
    server.status = 404
    assert_refused(cache, ConnectionError, server.url, "404", '"fables" needs no network')
    server.status = 200
    assert_loads()


def test_no_network_is_an_error_and_a_second_try_works(server, cache, monkeypatch):
    entry = corpora.REMOTE["tiny"]
    silent = Server()
    silent.stop()
    monkeypatch.setitem(corpora.REMOTE, "tiny", (silent.url, *entry[1:]))
    assert_refused(cache, ConnectionError, silent.url, '"fables" needs no network')
    monkeypatch.setitem(corpora.REMOTE, "tiny", entry)
    assert_loads()


def test_a_proxy_that_cannot_be_used_is_no_wrong_file(server, cache, monkeypatch):
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("http_proxy", "nothing-like-a-proxy://127.0.0.1:9")
    assert_refused(cache, ConnectionError, "could not be fetched")


@pytest.mark.parametrize("in_the_way", ["cache", "cache/chargen-course"])
def test_a_cache_that_cannot_be_written_is_an_error_and_a_second_try_works(server, cache, tmp_path, in_the_way):
    obstacle = tmp_path / in_the_way  # a file where the folder should be stops root too
    obstacle.parent.mkdir(exist_ok=True)
    obstacle.write_text("a file")
    with pytest.raises(PermissionError, match=r"cannot be stored in .*Make that folder writable.*CHARGEN_DATA"):
        corpora.load("tiny")
    assert obstacle.read_text() == "a file"
    obstacle.unlink()
    assert_loads()


def test_a_damaged_file_in_the_cache_is_fetched_anew(server, cache):
    cache.mkdir(parents=True)
    (cache / "tiny.txt").write_bytes(RIGHT[:10])
    assert_loads()
    assert (cache / "tiny.txt").read_bytes() == RIGHT


def test_chargen_data_is_looked_in_first(server, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("CHARGEN_DATA", str(tmp_path))
    (tmp_path / "tiny.txt").write_bytes(RIGHT)
    assert_loads()
    assert server.requests == 0 and not cache.exists()


def test_chargen_data_may_begin_with_the_home_folder(server, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # the home folder on Windows
    monkeypatch.setenv("CHARGEN_DATA", "~/texts")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "tiny.txt").write_bytes(RIGHT)
    assert_loads()
    assert server.requests == 0


def test_chargen_data_without_the_file_does_not_stop_the_fetching(server, tmp_path, monkeypatch):
    monkeypatch.setenv("CHARGEN_DATA", str(tmp_path))
    assert_loads()
    assert server.requests == 1


def test_a_wrong_file_in_chargen_data_is_refused_and_left_alone(server, tmp_path, monkeypatch):
    monkeypatch.setenv("CHARGEN_DATA", str(tmp_path))
    mine = tmp_path / "tiny.txt"
    mine.write_text("something else")
    with pytest.raises(ValueError, match=r"tiny.txt is not the text .* load it by its path"):
        corpora.load("tiny")
    assert mine.read_text() == "something else" and server.requests == 0
    assert corpora.load(mine).text == "something else"


# --- a learner's own file ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", ["Grüße\nan alle\n".encode(), "Grüße\r\nan alle\r\n".encode(), "\ufeffGrüße\nan alle\n".encode()]
)
def test_an_own_file_is_a_path(tmp_path, content):
    path = tmp_path / "letters.txt"
    path.write_bytes(content)
    for way in (path, str(path)):
        corpus = corpora.load(way)
        assert (corpus.name, corpus.text, corpus.license) == ("letters", "Grüße\nan alle\n", "your own file")


def test_a_file_in_the_home_folder_may_begin_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "mine.txt").write_text("abc")
    assert corpora.load("~/mine.txt").text == "abc"


def test_a_file_that_is_not_utf8_is_refused_with_the_byte(tmp_path):
    path = tmp_path / "old.txt"
    path.write_bytes("café".encode("latin-1"))
    with pytest.raises(ValueError, match=r"not UTF-8 text: byte 0xe9 at position 3. Save it as UTF-8"):
        corpora.load(path)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path, content):
    path = tmp_path / "empty.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is empty"):
        corpora.load(path)


def test_a_missing_file_is_named_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        corpora.load("nowhere.txt")
    assert str(tmp_path.resolve() / "nowhere.txt") in str(caught.value) and "'fables'" in str(caught.value)


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(
        ValueError, match=r"no corpus 'fabels'.*'fables', 'markov', 'log', 'recipes', 'letters', 'tinyshakespeare', 'names'"
    ):
        corpora.load("fabels")


def test_a_corpus_says_what_stands_before_its_texts():
    fables = corpora.load("fables")
    assert fables.start == "\n\n\n" and fables.text.count(fables.start) == 247  # between 248 stories
    assert corpora.load("markov").start == ""
