"""Markdown that stopped documents before, or might."""

from __future__ import annotations

ODD = (
    "-\n- x\n-\n",
    "1.\n2. x",
    ">",
    "> >\n\nx",
    "![](https://x.example/x.png)",
    "![](picture:PI-00000000)",
    "# ![](picture:PI-00000000)",
    "|  |\n|---|\n|  |",
    "| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |",
    "```\n```",
    "***",
    "[](https://x.example)",
    "[x]() [y](#) [z](/manuals/x) [t](tel:+358401234567) [m](mailto:a@b.example)",
    "0. a\n1. b",
    "999999999. a",
    "- a\n\n  > b\n  >\n  > 1. c\n  >    ```\n  >    d\n  >    ```",
    "###### six\n\n# one\n\n##### five",
    "a\\\nb  \nc",
    "<!-- x --> &nbsp; &#0; &lt;",
    "*" * 500,
    "[" * 500,
    "> " * 100 + "deep",
    "- " * 100 + "deep",
    "> - 1. " * 40 + "deep",
    "\n".join(f"{'  ' * depth}- {depth}" for depth in range(60)),
)
"""Markdown that people hardly write, but may."""
