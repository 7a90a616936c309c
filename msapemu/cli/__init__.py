"""The command line. Thin: what a command needs is imported when it runs."""
