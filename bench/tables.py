#!/usr/bin/env python3
"""The tables of docs/benchmarks/README.md, as Markdown, of runs that `weft bench --record` kept.

    tables.py RUN.jsonl…

Of several runs the later ones replace rows of the earlier ones.
"""

import json
import math
import sys


# Rows with a goal in common, which the geometric mean of their ratios must come up to: tools/weft/bench/rows.cpp.
MEANS = {"P10": (1.1, {"mandelbrot", "histogram", "primes", "trees", "sort"})}


def mean_of(name, rows):
    goal_of_mean, names = MEANS[name]
    ratios = [row["ratio_best"] for row in rows if row["row"] in names and row["ratio_best"]]
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        yield f"Geometric mean of the {len(ratios)} rows that computing bounds: {mean:.2f}; the goal is {goal_of_mean}."


def figure(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def goal(row):
    if row["goal"] is None:
        return "–"
    verdict = {True: "met", False: "**missed**", None: "no peer"}[row["met"]]
    return f"{row['goal']:.3g}: {verdict}"


def table(rows):
    peers = sorted({peer for row in rows for peer in row["peers"]} - {"serial"})
    if any("serial" in row["peers"] for row in rows):
        peers.insert(0, "serial")
    yield "| row | n | threads | unit | weft | " + " | ".join(peers) + " | ratio to the best (least–most) | goal |"
    yield "|---|---|---|---|" + "---:|" * (len(peers) + 1) + "---|---|"
    for row in rows:
        others = [figure(row["peers"][peer]) if peer in row["peers"] else "" for peer in peers]
        ratio = "–"
        if row["ratio_best"] is not None:
            ratio = f"{row['ratio_best']:.2f} ({row['min']:.2f}–{row['max']:.2f}) {row['best']}"
        cells = [row["row"], row["params"], str(row["threads"]), row["unit"], f"**{figure(row['weft'])}**",
                 *others, ratio, goal(row)]
        yield "| " + " | ".join(cells) + " |"


def main():
    rows, machines = {}, []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            first, *rest = map(json.loads, file)
        machines.append(first)
        for row in rest:
            rows[row["id"], row["row"], row["params"], row["threads"]] = row
    for m in machines:
        print(f"{m['date']}: {m['processor']}, {m['cores']} cores, load {m['load']:.1f} at the start; {m['system']}; "
              f"{m['compiler']} `{m['flags']}`; {m['times']} times, {m['rounds']} rounds.\n")
    for name in dict.fromkeys(key[0] for key in rows):
        print(f"### {name}\n")
        chosen = [row for key, row in rows.items() if key[0] == name]
        print("\n".join(table(chosen)), end="\n\n")
        if name in MEANS:
            print("\n".join(mean_of(name, chosen)), end="\n\n")


if __name__ == "__main__":
    main()
