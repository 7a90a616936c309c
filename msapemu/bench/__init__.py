"""How fast the core is, and a deployed lab: `msapemu bench`."""
