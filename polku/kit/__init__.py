"""Pure helpers named by noun: the clock, public ids, references, identity codes, names, phones, errors.

Imports neither Django nor a database driver. `clock` holds the only reading of the present moment.
"""
