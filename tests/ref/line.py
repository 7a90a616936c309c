"""The whole line in one place: `Builder` makes STM-1 frames, `align` finds them, `Parser` reads them.

frames = Builder([ethernet], mapping="vc12", members=[(1, 1, 1), (1, 1, 2)], lead_idles=2).frames(200)
parser = Parser(whole_file=True).feed_all(align(b"".join(frames)).frames)
parser.gfp([(1, 1, 1), (1, 1, 2)]).ethernet() == [ethernet]
"""

from .align import Aligned, align
from .builder import Builder, idles_of
from .parser import GroupOctets, Parser, Received, Vc12Path

__all__ = ["Aligned", "Builder", "GroupOctets", "Parser", "Received", "Vc12Path", "align", "idles_of"]
