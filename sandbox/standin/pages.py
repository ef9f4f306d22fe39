"""Pages for people, without anything from elsewhere."""

from html import escape
from typing import Any

from sandbox.standin.record import readable

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; color: #223 }
details { border-left: 2px solid #cde; padding-left: .8rem; margin: .3rem 0; }
summary { cursor: pointer; } pre, code { font: 13px/1.4 ui-monospace, monospace; }
pre { background: #f4f6f8; padding: .6rem; overflow: auto; } small { color: #678; }
"""


def page(title: str, body: str) -> str:
    """Return an HTML page; ``body`` is HTML already, ``title`` is text."""
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)} in the sandbox</title>"
        f"<style>{_STYLE}</style><h1>{escape(title)} <small>in the sandbox</small></h1>{body}</html>"
    )


def document(value: Any) -> str:
    """Return a JSON document as HTML, folded away, its passwords unreadable."""
    return (
        f"<details><summary><small>document</small></summary><pre>{escape(readable(value))}</pre></details>"
    )
