"""Stage 6b: finished documents go over to the unit's own client-record system.

Takes: a locked assessment, a plan in force, a signed decision. Gives: the document as structured data and as text in
that system's order of headings; a task that stays open until the worker confirms it is stored there, with its number.
Law: documents are stored in the register of the service task (703/2023 20-22 and 37 §).
Finnish: asiakastietojärjestelmä, asiakirja, tallentaminen.
"""
