"""Reads a letter back: its structure as tags in reading order, its language, its text."""

from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject


class Read:
    """A PDF as a reader with a screen reader gets it."""

    def __init__(self, made: bytes) -> None:
        self.reader = PdfReader(BytesIO(made))
        self.root: Any = self.reader.trailer["/Root"]

    @property
    def pages(self) -> list[str]:
        """The text of each page, its tied words untied."""
        return [page.extract_text().replace("\u00a0", " ") for page in self.reader.pages]

    @property
    def language(self) -> str:
        return str(self.root["/Lang"])

    @property
    def title(self) -> str:
        assert self.reader.metadata is not None
        return str(self.reader.metadata.title)

    @property
    def tags(self) -> list[str]:
        """Every tag in reading order."""
        return [str(node["/S"]).lstrip("/") for node in self._nodes(self.root["/StructTreeRoot"])]

    @property
    def languages(self) -> list[str]:
        """The languages that parts of the document give themselves, in reading order."""
        return [str(node["/Lang"]) for node in self._nodes(self.root["/StructTreeRoot"]) if "/Lang" in node]

    @property
    def fonts(self) -> dict[str, bool]:
        """Every font and whether its file is inside."""
        found: dict[str, bool] = {}
        for page in self.reader.pages:
            for font in page["/Resources"].get("/Font", {}).values():
                for below in font.get_object()["/DescendantFonts"]:
                    descriptor = below.get_object()["/FontDescriptor"]
                    found[str(descriptor["/FontName"]).partition("+")[2]] = "/FontFile2" in descriptor
        return found

    @property
    def standards(self) -> str:
        """The metadata that says by which standards the file was written."""
        return str(self.root["/Metadata"].get_object().get_data().decode())

    def _nodes(self, node: Any) -> list[Any]:
        kids = node.get("/K", [])
        kids = kids if isinstance(kids, ArrayObject) else [kids]
        found = []
        for kid in (kid.get_object() for kid in kids if not isinstance(kid, int)):
            if isinstance(kid, DictionaryObject) and "/S" in kid:
                found += [kid, *self._nodes(kid)]
        return found
