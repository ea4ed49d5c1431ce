"""The map of free times, charts and the path, with sample figures."""

from datetime import date

from polku.ui import charts, heat, path

LIMIT = date(2026, 12, 3)


def free_times() -> heat.Heat:
    """Return the map."""
    days = heat.weekdays(date(2026, 11, 24), 14)
    rows = {
        ("Ahonen Riikka", "sosiaaliohjaaja"): "0001 00102 32014",
        ("Heikkilä Laura", "sosiaaliohjaaja"): "0000 11010 24332",
        ("Lindqvist Eero", "sosiaalityöntekijä"): "xxxx 12114 55435",
        ("Nieminen Anna-Kaisa", "sosiaaliohjaaja"): "01c02 00111 20322",
        ("Virtala Sanna", "sosiaaliohjaaja"): "0000 01320 13423",
        ("Åkerman Henrik", "sosiaaliohjaaja"): "0000 00103 44253",
    }
    shown = []
    for (name, role), drawn in rows.items():
        cells: list[heat.Cell] = []
        for sign in drawn.replace(" ", ""):
            if sign == "c":
                cells[-1] = heat.Cell(cells[-1].count, url="#heat", chosen=True)
                continue
            count = 0 if sign == "x" else int(sign)
            cells.append(heat.Cell(count, away=sign == "x", url="#heat" if count else ""))
        shown.append(heat.Row(name, role, cells[: len(days)]))
    return heat.build(days=days, rows=shown, limit=LIMIT, caption="Vapaat ajat työntekijöittäin")


def line() -> charts.Line:
    """Return a line with its forecast."""
    known = [94, 95, 93, 94, 92, 91, 88, 92, 93, 91, 90, 89]
    ahead = [(89, 86, 92), (88, 84, 91), (87, 82, 91), (83, 76, 89), (80, 71, 87)]
    points = [charts.Point(f"{36 + i}", v / 100) for i, v in enumerate(known)]
    points += [charts.Point(f"{48 + i}", m / 100, lo / 100, hi / 100, True) for i, (m, lo, hi) in enumerate(ahead)]
    return charts.Line(
        "Lupaus pidetty viikoittain, %",
        "Viikolta 36 viikolle 47 osuus laski 94 prosentista 89 prosenttiin. Tavoite on 95 prosenttia.",
        points,
        0.95,
        "Tavoite 95\u00a0%",
        0.6,
        1.0,
        "Viikko 47: 89\u00a0%",
        "Ennuste ja 80 %:n väli",
        2,
    )


def bars() -> charts.Bars:
    """Return bars of three channels."""
    amounts = [("Puhelin", 0.95), ("Sähköinen lomake", 0.87), ("Kela", 0.79)]
    return charts.Bars(
        "Lupaus pidetty kanavittain",
        "Puhelin 95, sähköinen lomake 87 ja Kela 79 prosenttia.",
        [
            charts.Amount(name, value, f"{round(value * 100)}\u00a0%", "missing" if value < 0.8 else "plain")
            for name, value in amounts
        ],
        1.0,
    )


def steps() -> path.Path:
    """Return the path of a case under assessment."""
    drawn: list[tuple[str, str, path.State]] = [
        ("Yhteydenotto", "to\u00a05.11.", "done"),
        ("Ensiarvio", "to\u00a05.11.", "done"),
        ("Aika", "pe\u00a013.11.", "done"),
        ("Arviointi", "kesken", "now"),
        ("Kokous", "ke\u00a02.12.", "next"),
        ("Päätös", "viikolla 50", "next"),
        ("Jono", "tarvittaessa", "next"),
        ("Koti", "viimeistään pe\u00a05.2.", "next"),
    ]
    return path.Path("Polku", [path.Step(label, note, state) for label, note, state in drawn])
