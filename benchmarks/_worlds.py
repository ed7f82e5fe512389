"""Worlds for benchmarks: drawn where they are not there yet, or a few scenes of the demo pack for a quick look."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from _report import ROOT, rows


def world_of(style: str, seed: int, scenes: int) -> Path:
    """The folder of a world of so many scenes, drawn where it is not there yet."""
    out = ROOT / "var" / "worlds" / f"{style}-{seed}"
    # A process of its own: what compiles the drawing looks for a package of a benchmark's name.
    asked = ["--style", style, "--scenes", str(scenes), "--seed", str(seed)]
    subprocess.run(
        [sys.executable, "-m", "showroom", "world", str(out), *asked], check=True, cwd=ROOT, stdout=sys.stderr
    )
    return out


def few_of_the_demo(*, rivals: int | None = None, **splits: int) -> Path:
    """So many scenes of each split of the demo pack, in a folder of their own: drawing takes longer than a quick look may.

    With ``rivals`` only the products that these scenes show and so many others of each category are on sale.
    """
    pack, out = ROOT / "showroom" / "pack", ROOT / "var" / "worlds" / "quick"
    scenes = rows(pack / "scenes.jsonl")
    few = [row for split, count in splits.items() for row in [row for row in scenes if row["split"] == split][:count]]
    shown = {each["product"] for row in few for each in row["objects"]}
    products, beside = [], Counter[str]()
    for product in rows(pack / "products.jsonl"):
        beside[product["category"]] += product["id"] not in shown
        if rivals is None or product["id"] in shown or beside[product["category"]] <= rivals:
            products.append(product)
    shutil.rmtree(out, ignore_errors=True)
    for folder in ("products", "scenes"):
        (out / "images" / folder).mkdir(parents=True)
    for row in (*few, *products):
        shutil.copy(pack / row["image"], out / row["image"])
    for name, lines in (("scenes", few), ("products", products)):
        (out / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    shutil.copy(pack / "categories.json", out / "categories.json")
    return out
