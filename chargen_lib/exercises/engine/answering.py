"""The other end of a judge in another process: answers its questions where the answer lives.  See instructor/judge.py."""

from collections.abc import Callable
from typing import Any

from chargen_lib.exercises.engine.asking import Here
from chargen_lib.exercises.engine.judging import TIME_LIMIT
from chargen_lib.exercises.engine.running import Outcome, TimeUp, TooMuchMemory, TooMuchOutput, limited
from chargen_lib.exercises.engine.wire import packed, unpacked


def answered(names: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The reply to a question about the answer of the name asked["name"] among `names`.

    who      is there a function of that name, is it the library's own, and what are its parameters' names?
    gives    what it gives for each of the arguments
    traced   the same under jax.jit
    """
    what, name = asked["what"], asked["name"]
    if name not in names:
        return {"missing": True}
    answer = names[name]
    if what == "who":
        if not callable(answer):
            return {"callable": False, "borrowed": None, "parameters": None}
        here = Here(answer, [])
        return {"callable": True, "borrowed": here.borrowed(name), "parameters": here.parameters()}

    def work(warned: list[str]) -> list[dict]:
        here = Here(answer, warned)
        args = [unpacked(one, functions=True) for one in asked["args"]]
        if what == "traced":
            return [_sent(got, here.under_jit) for got in here.traced(tuple(asked["static"]), args)]
        return [_sent(one.got, here.raised) | {"changed": one.changed, "warned": one.warned} for one in here.gives(args)]

    try:
        given, printed = limited(work, TIME_LIMIT, waiting=lambda: None)
        return {"given": given, "printed": printed}
    except (TimeUp, TooMuchOutput, TooMuchMemory) as error:
        return {"stopped": type(error).__name__}
    except BaseException as error:  # an object or an error so odd that it cannot even be shown
        return {"odd": type(error).__name__}


def _sent(outcome: Outcome, say: Callable[[BaseException], str]) -> dict[str, Any]:
    if outcome.error is None:
        return {"value": packed(outcome.value)}
    error = outcome.error
    alone = len(error.args) == 1 and isinstance(error.args[0], str)
    return {
        "error": [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__],
        "text": str(error.args[0] if alone else error),
        "said": say(error),
    }
