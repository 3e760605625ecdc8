"""Any data frame in, the same kind out. The only room that knows about data frames."""

from outcomegap.frames.arrays import Codes as Codes
from outcomegap.frames.arrays import Floats as Floats
from outcomegap.frames.arrays import Unknown as Unknown
from outcomegap.frames.table import MADE as MADE
from outcomegap.frames.table import Table as Table
from outcomegap.frames.table import make_frame as make_frame
from outcomegap.frames.table import wrap as wrap
