"""The letter of a decision: what stands in it (`content`), on paper (`pdf`), which characters it can write (`fonts`).

Pure: neither Django nor a database. The page is a Typst template; what a letter says reaches it as data, never source.
The file is PDF/UA-1 and PDF/A-2a: tagged, with its language and title, every font inside.
"""
