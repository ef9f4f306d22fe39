"""The texts under the fields of models, which the documents show.

Pydantic could collect them itself (`use_attribute_docstrings`), and would read each module's source again for it
whenever the program starts: a third of the time that the models take.
"""

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from textwrap import dedent

from pydantic import BaseModel


@cache
def descriptions(model: type[BaseModel]) -> Mapping[str, str]:
    """The text that stands under each field of a model, its own or inherited; fields without one are left out."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _written(base)
    return {name: found[name] for name in model.model_fields if name in found}


def all_models() -> Mapping[str, type[BaseModel]]:
    """All models that were imported, by name."""
    return {model.__name__: model for model in _below(BaseModel)}


def _below(model: type[BaseModel]) -> list[type[BaseModel]]:
    return [each for child in model.__subclasses__() for each in (child, *_below(child))]


def _written(model: type[BaseModel]) -> dict[str, str]:
    try:
        source = inspect.getsource(model)
    except (OSError, TypeError):  # made by pydantic of a generic one
        return {}
    tree = ast.parse(dedent(source)).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found = {}
    for field, text in pairwise(body):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[field.target.id] = inspect.cleandoc(str(text.value.value))
    return found
