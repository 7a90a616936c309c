"""msapemu: a multi-service access platform (MSAP) in software."""

__version__ = "0.1.0"
