"""The whole line in one place: `Builder` makes STM-1 frames, `align` finds them, `Parser` reads them;
`MultiBuilder` and `MultiParser` do so for an STM-N.

frames = Builder([ethernet], mapping="vc12", members=[(1, 1, 1), (1, 1, 2)], lead_idles=2).frames(200)
parser = Parser(whole_file=True).feed_all(align(b"".join(frames)).frames)
parser.gfp([(1, 1, 1), (1, 1, 2)]).ethernet() == [ethernet]

four = [Content("vc4", [Client([ethernet], lead_idles=2)], width=4)]
MultiParser(4, whole_file=True).feed_all(MultiBuilder(4, four).frames(9)).au[1].gfp().ethernet() == [ethernet]
"""

from .align import Aligned, align
from .builder import Builder, idles_of
from .client import WHOLE, Client, Shared
from .content import Content
from .multi import MultiBuilder, MultiParser
from .parser import AuParser, Parser, Received
from .received import Vc3Path, Vc4Path, Vc12Path
from .vcat import Group, GroupOctets

__all__ = [
    "WHOLE",
    "Aligned",
    "AuParser",
    "Builder",
    "Client",
    "Content",
    "Group",
    "GroupOctets",
    "MultiBuilder",
    "MultiParser",
    "Parser",
    "Received",
    "Shared",
    "Vc3Path",
    "Vc4Path",
    "Vc12Path",
    "align",
    "idles_of",
]
