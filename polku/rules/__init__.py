"""Pure law: facts in, a result with its reason out.

Takes plain values (dates, numbers, words); gives results that name their act, section, version and the days that were
counted. Neither Django nor a database is known here. Every parameter is a dated version in `parameters/`, never edited
once landed (`parameters/landed.yaml` holds their hashes); cases for jurists are in `tests/rules/cases/`.

Finnish words: määräaika, määräpäivä, arkipäivä, pyhäpäivä, aatto, palvelulupaus, tiedoksisaanti.
"""
