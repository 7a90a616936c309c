"""Groups of a lab that runs: what their members are at, and members that are added and removed."""

from msapemu.lab.vcg.change import add, remove
from msapemu.lab.vcg.running import retire
from msapemu.lab.vcg.tables import show

__all__ = ["add", "remove", "retire", "show"]
