"""The one door to XML: the parser of `defusedxml`, which expands no entity that a file declares."""

from __future__ import annotations

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser, fromstring

# What is raised for what is not XML, or not XML that anybody should expand. Encodings that Python
# does not know, or that do not fit, come as the last three.
REFUSED = (ParseError, DefusedXmlException, UnicodeError, ValueError, LookupError)

__all__ = ["REFUSED", "DefusedXmlException", "ParseError", "XMLParser", "fromstring"]
