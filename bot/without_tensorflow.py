"""Rasa without TensorFlow: stand-ins for the modules it imports and our pipeline never uses.

Rasa imports TensorFlow and Keras at start for components (DIET, TED, ResponseSelector) that this
project does not name. The environment leaves them out, which with what hangs on them saves 1.7 GB
of disk and most of Rasa's start. ``make setup`` writes a ``.pth`` file into ``bot/.venv`` that runs
this module whenever that Python starts, so ``import rasa`` works everywhere in it.

A stand-in module gives any name asked of it as an empty class that can be subclassed, annotated
with and used as a decorator, which is all that importing Rasa does. Components that would really
compute are refused by Rasa's own check of the configuration, before anything is trained.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

# boto3 is Amazon's client, for a tracker store this project does not use.
_LEFT_OUT = frozenset({"tensorflow", "tensorflow_text", "keras", "boto3", "botocore"})
# Their subclasses ResponseSelector and UnexpecTEDIntentPolicy inherit the refusal.
_NEEDING_TENSORFLOW = {
    "rasa.nlu.classifiers.diet_classifier": "DIETClassifier",
    "rasa.core.policies.ted_policy": "TEDPolicy",
}
# Rasa says: "Component 'DIETClassifier' requires the following packages which are currently not
# installed: ..."
_REQUIRED = "tensorflow (left out on purpose, see docs/architecture.md: Rasa without TensorFlow)"


class _AnyName(type):
    """Class of the stand-ins: every attribute of one is another."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(name, cls.__module__)


def _stand_in(name: str, module: str) -> Any:
    if name.endswith(("Error", "Exception")):  # Rasa names some in its except clauses
        return type(name, (Exception,), {"__module__": module})
    return _AnyName(name, (), {"__module__": module, "__init__": _take_anything})


def _take_anything(self: Any, *args: Any, **kwargs: Any) -> None:
    """Calls at import time: as a decorator without arguments, for a constant."""


class _StandInModule(ModuleType):
    """A package whose every attribute is a stand-in."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = _stand_in(name, self.__name__)
        setattr(self, name, found)
        return found


class _StandInLoader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


class _RefusingLoader(importlib.abc.Loader):
    """Loads a Rasa component and makes it name TensorFlow among the packages it requires."""

    def __init__(self, real: importlib.abc.Loader, component: str) -> None:
        self._real, self._component = real, component

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._real.exec_module(module)
        required: Callable[[], list[str]] = lambda: [_REQUIRED]  # noqa: E731
        getattr(module, self._component).required_packages = staticmethod(required)


class StandIns(importlib.abc.MetaPathFinder):
    """Answers for some packages with stand-ins."""

    def __init__(self, packages: frozenset[str]) -> None:
        self._packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A stand-in's spec; None for every other package."""
        if fullname.partition(".")[0] not in self._packages:
            return None
        return importlib.machinery.ModuleSpec(fullname, _StandInLoader(), is_package=True)


class WithoutTensorFlow(StandIns):
    """Answers for the left-out packages, and for the components that would need them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for what this module stands in for or refuses; None for everything else."""
        if fullname in _NEEDING_TENSORFLOW:
            return _refused(fullname, path)
        return super().find_spec(fullname, path, target)


def _refused(fullname: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
    spec = importlib.machinery.PathFinder.find_spec(fullname, path)
    if spec is not None and spec.loader is not None:
        spec.loader = _RefusingLoader(spec.loader, _NEEDING_TENSORFLOW[fullname])
    return spec


# By name: the .pth file's copy of this module is not the one that `import` finds.
if not any(type(finder).__name__ == WithoutTensorFlow.__name__ for finder in sys.meta_path):
    sys.meta_path.insert(0, WithoutTensorFlow(_LEFT_OUT))
