"""`msapemu demo`."""
def demo() -> None:
    """x"""
