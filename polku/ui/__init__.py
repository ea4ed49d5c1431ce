"""What a page is made of: frame, components, words, styles and small modules for the browser.

Takes: ready words and facts from the stage that owns the page.
Gives: base templates, components to include, filters for dates, times and numbers, charts as SVG.
Knows form, never law: what a clock means is told by the stage that started it. See `docs/ui.md`.
"""
