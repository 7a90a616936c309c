"""From a lab file to running shelves, and back to a machine as it was."""
