"""The shelf as the user sees it: slots, cards, ports and what they carry. Validated values, no I/O."""
