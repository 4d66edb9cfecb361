"""For each exercise, right answers written differently from its reference: one file a lesson."""

import importlib
import pkgutil

RIGHT_ANSWERS = {
    name: answers
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__))
    for name, answers in importlib.import_module(f"{__name__}.{module}").RIGHT_ANSWERS.items()
}
