"""A page in a real browser: what juts out at some widths, and the text of its print on A4."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PDFTOTEXT = shutil.which("pdftotext")
needs_browser = pytest.mark.skipif(CHROMIUM is None or PDFTOTEXT is None, reason="no chromium, or no pdftotext")
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--virtual-time-budget=5000")
#: For each frame: its width; elements that end right of it or scroll; all text that is shown; how each table is
#: displayed; and what stands below rows.
MEASURE = """
<script>onload = () => {
  const rows = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument, wide = frame.clientWidth
    const shown = [...page.querySelectorAll("body *")].filter(e => !e.closest("thead"))
    const out = shown.filter(e => e.getBoundingClientRect().right > wide + 0.5 ||
      (getComputedStyle(e).overflowX != "visible" && !e.closest("svg") && e.scrollWidth > e.clientWidth + 1))
    return {wide, whole: page.documentElement.scrollWidth, text: page.body.innerText,
            tables: [...page.querySelectorAll("table")].map(e => getComputedStyle(e).display),
            heads: [...page.querySelectorAll(".rest span")].map(e => e.dataset.head + " " + e.textContent),
            out: out.map(e => e.tagName + " " + e.textContent.slice(0, 60))}
  })
  document.body.dataset.found = JSON.stringify(rows)
}</script>"""


def chromium(*arguments):
    done = subprocess.run(
        [CHROMIUM, *OPTIONS, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def without_policy(page):
    """Return the page without its policy, which forbids the script that measures."""
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)


def at_widths(page, folder, *widths):
    """Return what the browser measures, one dict for each width."""
    source = html.escape(without_policy(page))
    frames = (f'<iframe width="{wide}" height="800" style="border: 0" srcdoc="{source}"></iframe>' for wide in widths)
    (folder / "frames.html").write_text(f"<!doctype html><body>{''.join(frames)}{MEASURE}", encoding="utf-8")
    found = re.search(r'data-found="([^"]*)"', chromium("--dump-dom", (folder / "frames.html").as_uri()))
    return json.loads(html.unescape(found.group(1)))


def on_paper(page, folder, size):
    """Return the text of the page's print."""
    sized = page.replace("</style>", f"@page {{ size: {size}; }}</style>")
    (folder / "paper.html").write_text(sized, encoding="utf-8")
    chromium(f"--print-to-pdf={folder / 'paper.pdf'}", (folder / "paper.html").as_uri())
    done = subprocess.run([PDFTOTEXT, folder / "paper.pdf", "-"], capture_output=True, text=True, check=True)
    return done.stdout
