"""What the owner of an account can put into a name, a tag or a policy to harm a reader of the report."""

from __future__ import annotations

HOSTILE = (
    "<script>alert('x')</script>&\"]]>",
    "\x00\x1b[31mred\x07\x0b\x85",
    "\ud800 lone \udfff",
    "\u202ereversed\u2066\ufffe\uffff",
    "one\n::error title=owned::two\r\n::set-output name=result::three\n# four\n| five |",
    "%0A::error::owned%0D",
    "[a](https://evil.example) ![b](https://evil.example/b.png) <img src=x> https://evil.example www.evil.example "
    "@everyone a@evil.example `code` **bold** ~~gone~~ | cell | <!-- ",
    "{{ 7 * 7 }} {% raw %} ${x} $(touch x) `touch x`",
    "A" * 200_000,
)
