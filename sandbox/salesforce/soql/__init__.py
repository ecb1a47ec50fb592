"""SOQL: lexer, parser and evaluation over the rows of one object and its parents."""

from sandbox.salesforce.soql.parser import parse
from sandbox.salesforce.soql.query import run
from sandbox.salesforce.soql.tree import Select

__all__ = ["Select", "parse", "run"]
