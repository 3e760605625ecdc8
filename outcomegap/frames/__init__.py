"""Any data frame in, the same kind out; plain text and HTML tables. The only room that knows about data frames."""

from outcomegap.frames.entry import wrap
from outcomegap.frames.native import make_frame
from outcomegap.frames.table import Codes, Floats, Table, Unknown
from outcomegap.frames.text import html_table, text_table

__all__ = ["Codes", "Floats", "Table", "Unknown", "html_table", "make_frame", "text_table", "wrap"]
