"""For each member of each family, a right answer written differently from its reference: one file a problem set."""

import importlib
import pkgutil

#: set -> function -> member -> the answer
RIGHT_VARIANTS = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").RIGHT_VARIANTS
    for module in pkgutil.iter_modules(__path__)
}
