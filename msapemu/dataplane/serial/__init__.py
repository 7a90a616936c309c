"""What a user of a V.35 port speaks on it: PPP, Cisco HDLC, Frame Relay. Frames and times in, frames and packets out:
no I/O and no clock in here but in the ends (`tun_end`, `pty_end`, `udp_end`)."""
