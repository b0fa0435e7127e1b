"""Runs beside Playwright: opens a page in a browser at two widths, light and dark, and measures.

Prints what it sees as JSON: no judgement here.
"""

import json
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

VIEWS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]

MEASURE = """() => {
  const box = each => { const r = each.getBoundingClientRect();
    return {left: r.left, right: r.right, top: r.top, bottom: r.bottom}; };
  const shown = each => each.checkVisibility() && each.getClientRects().length > 0;
  const charts = [...document.querySelectorAll("svg.chart")];
  const painted = [...document.querySelectorAll("svg.chart path")];
  const frame = new Map(charts.map(each => [each, box(each)]));
  const inside = (a, b) => a.left >= b.left - 1.5 && a.right <= b.right + 1.5
    && a.top >= b.top - 1.5 && a.bottom <= b.bottom + 1.5;
  const name = each => (each.closest("svg.chart")?.getAttribute("aria-label") ?? "") + ": "
    + (each.textContent.trim() || each.getAttribute("d") || each.tagName).slice(0, 40);
  const marks = charts.flatMap(chart => [...chart.querySelectorAll("path, text")]);
  const outside = marks.filter(each => !inside(box(each), frame.get(each.closest("svg.chart"))));
  const unpainted = painted.filter(each => { const style = getComputedStyle(each);
    return style.fill === "none" && (style.stroke === "none" || style.strokeWidth === "0px"); });
  const overlaps = [];
  const cross = (texts, slack) => texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
    const [p, q] = [a.box, b.box];
    if (Math.min(p.right, q.right) - Math.max(p.left, q.left) > slack
      && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > slack)
      overlaps.push(a.name + " / " + b.name);
  }));
  for (const chart of charts)
    cross([...chart.querySelectorAll("text")].map(each => ({box: box(each), name: name(each)})), 2);
  const written = "h1, h2, p, td, th, .tile, .legend span, summary";
  const texts = [...document.querySelectorAll(written)].filter(
    each => shown(each) && each.textContent.trim() && !each.querySelector(written));
  for (const each of texts)
    if (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline")
      overlaps.push("runs over its box: " + name(each));
  cross(texts.filter(each => !each.matches("td, th")).map(each => (
    {box: box(each), name: name(each)})), 2);
  const headings = [...document.querySelectorAll("h2")];
  const table = headings.find(each => each.textContent === "Occurrences")
    .nextElementSibling.querySelector("table");
  const names = ["dispatch", "type", "when", "components", "asked", "delivered", "short", "why"];
  const rows = [...table.rows].slice(1).map(row => Object.fromEntries(
    names.map((each, place) => [each, row.cells[place].textContent.trim()])));
  const gantt = charts.find(each => each.getAttribute("aria-label").startsWith("Dispatches"));
  return {
    scroll_width: document.documentElement.scrollWidth,
    outside: outside.map(name), overlaps, unpainted: unpainted.map(name), rows,
    texts: texts.length,
    drawn: [...gantt.querySelectorAll("g.name text")].map(each => each.textContent.split(" ")[0]),
    notes: document.querySelector(".notes")?.textContent ?? "",
    charts: charts.map(each => ({
      label: each.getAttribute("aria-label"),
      shapes: [...each.querySelectorAll("path")].filter(
        path => path.getTotalLength() > 0 && box(path).right > box(path).left).length,
      text_px: 11 * each.getBoundingClientRect().width / each.viewBox.baseVal.width,
    })),
  };
}"""


def look(browser, job, width, scheme):
    name = f"{width}-{scheme}"
    errors, requests = [], []
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.on("console", lambda each: errors.append(each.text))
    page.on("pageerror", lambda each: errors.append(str(each)))
    page.on("request", lambda each: requests.append(each.url))
    page.goto(job["page"])
    page.locator("[data-readout]").first.hover()
    readout = page.locator("#readout")
    if not readout.inner_text().strip():
        errors.append("pointing at a chart shows nothing")
    page.mouse.move(0, 0)
    page.screenshot(path=Path(job["shots"]) / f"{name}.png", full_page=True)
    seen = page.evaluate(MEASURE)
    page.close()
    others = [each for each in requests if each != job["page"]]
    return {"name": name, "width": width, "errors": errors, "requests": others, **seen}


def main(job):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=job["browser"],
            args=["--no-sandbox", "--disable-gpu"],
            env=job["environment"],
        )
        views = [look(browser, job, width, scheme) for width, scheme in VIEWS]
        print(json.dumps({"version": browser.version, "views": views}))
        browser.close()


main(json.loads(sys.argv[1]))
