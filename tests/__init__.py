"""Tests of msapemu; `tests.ref` is the plain second implementation they judge the core by."""
