"""Templates: what Jinja does at every call, done with less ceremony. A page makes several hundred calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import FunctionType, MethodType
from typing import Any

from flask import Flask
from jinja2 import Template, pass_eval_context
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro
from markupsafe import Markup

_LAST = re.compile(r"%\((\w+)\)s\.(?!\.)")


def closed(text: str, values: Mapping[str, Any]) -> str:
    """`text`, still to be filled, without the full stop after a name that brings one along, such as "B.V."."""
    if ")s." not in text:
        return text
    return _LAST.sub(lambda last: last[0][:-1] if str(values.get(last[1], "")).endswith(".") else last[0], text)


class QuickContext(Context):
    """Knows macros and plain functions at a look; Jinja asks each callable twice whether it wants to be passed
    something."""

    def call(__self, __obj: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as Jinja names them
        kind = type(__obj)
        if kind is Macro:
            _drop_inner_names(kwargs)
            return __obj(__self.eval_ctx, *args, **kwargs)
        if (kind is FunctionType or kind is MethodType) and not hasattr(__obj, "jinja_pass_arg"):
            _drop_inner_names(kwargs)
            return __obj(*args, **kwargs)
        return super().call(__obj, *args, **kwargs)


def _drop_inner_names(kwargs: dict[str, Any]) -> None:
    if kwargs:
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)


class QuickTemplate(Template):
    """Imports a file of macros without comparing all globals first: every template here has the same ones."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


def init_app(app: Flask, gettext: Callable[[str], str], ngettext: Callable[[str, str, int], str]) -> None:
    """Gives templates `_`, `gettext` and `ngettext`, and `{% trans %}` with them. As with Jinja's own, what is filled
    in is escaped in HTML."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    app.jinja_env.context_class = QuickContext
    app.jinja_env.template_class = QuickTemplate

    @pass_eval_context
    def _one(eval_ctx: EvalContext, text: str, /, **values: Any) -> str:
        said = closed(gettext(text), values)
        if eval_ctx.autoescape:
            said = Markup(said)  # noqa: S704 - our own words; the values are escaped as they are filled in
        return said % values if "%" in said else said

    @pass_eval_context
    def _many(eval_ctx: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
        said = closed(ngettext(one, many, num), values)
        if eval_ctx.autoescape:
            said = Markup(said)  # noqa: S704 - as above
        return said % {"num": num, **values} if "%" in said else said

    app.jinja_env.globals.update(_=_one, gettext=_one, ngettext=_many)
