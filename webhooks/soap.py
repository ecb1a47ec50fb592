"""XML from outside, read without trusting it."""

from __future__ import annotations

import codecs
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from contract.errors import InvalidInput

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSI_TYPE = f"{{{XSI}}}type"
XSI_NIL = f"{{{XSI}}}nil"

MAX_ELEMENTS = 100_000
MAX_DEPTH = 32
"""An outbound message is seven deep; a hundred notifications of eight hundred fields each would just fit."""

_BLANK = b" \t\r\n"


def parse(body: bytes) -> Element:
    """The root element, its xsi:type values resolved to "{namespace}name".

    Byte order marks, blank lines before the declaration and UTF-16 are taken; a DOCTYPE, too many
    elements and whatever is not well-formed raise InvalidInput.
    """
    text, encoding = _clean(body)
    parser = XMLParser(target=_Builder(), encoding=encoding)  # noqa: S314  # _Builder refuses what defusedxml would
    try:
        parser.feed(text)
        root = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise InvalidInput(f"the XML is not well-formed: {error}") from error
    if not isinstance(root, Element):
        raise InvalidInput("the XML holds no element")
    return root


def _clean(body: bytes) -> tuple[bytes, str | None]:
    """The document from its first character on, and its encoding where the declaration must not decide."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if body.startswith(mark):
            return _utf8(body, encoding), "utf-8"
    start = body.find(b"<")
    if start % 2 == 0 and body[start + 1 : start + 2] == b"\0":
        return _utf8(body, "utf-16-le"), "utf-8"
    if start % 2 == 1 and body[start - 1 : start] == b"\0":
        return _utf8(body, "utf-16-be"), "utf-8"
    body = body.lstrip(_BLANK)
    if body.startswith(codecs.BOM_UTF8):
        return body[len(codecs.BOM_UTF8) :].lstrip(_BLANK), "utf-8"
    return body, None


def _utf8(body: bytes, encoding: str) -> bytes:
    try:
        return body.decode(encoding).lstrip("\ufeff \t\r\n").encode()
    except UnicodeDecodeError as error:
        raise InvalidInput("the XML is not well-formed: its UTF-16 is broken") from error


class _Builder(TreeBuilder):
    """Builds the tree; refuses a DOCTYPE and trees of unreasonable size, resolves xsi:type."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = 0
        self._depth = 0
        self._namespaces: dict[str, list[str]] = {}

    def doctype(self, *_: object) -> None:
        raise ValueError("a DOCTYPE is not allowed")

    def start_ns(self, prefix: str, uri: str) -> None:
        self._namespaces.setdefault(prefix or "", []).append(uri or "")

    def end_ns(self, prefix: str) -> None:
        self._namespaces[prefix or ""].pop()

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS or self._depth > MAX_DEPTH:
            raise ValueError("it has too many elements")
        if XSI_TYPE in attrs:
            attrs = {**attrs, XSI_TYPE: self._resolved(attrs[XSI_TYPE])}
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)

    def _resolved(self, name: str) -> str:
        prefix, _, local = name.strip().rpartition(":")
        uris = self._namespaces.get(prefix) or [""]
        return f"{{{uris[-1]}}}{local}"
