"""Files in and out: captures (pcap, pcapng, ERF), raw line files, and the way between the two.

No clock and no root: virtual time only, so the same input and options give the same output, octet for octet.
"""
