"""Any data frame in, the same kind out. The only room that knows about data frames."""

from outcomegap.frames.arrays import Codes as Codes, Floats as Floats
from outcomegap.frames.table import (
    MADE as MADE,
    Table as Table,
    is_spark as is_spark,
    make_frame as make_frame,
    wrap as wrap,
)
