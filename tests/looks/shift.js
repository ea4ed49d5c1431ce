// Before anything else of the page: how much moved without a hand (cumulative layout shift), and what.
window.shifted = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    const what = entry.sources.map(({ node }) => (node?.nodeType === 1 ? node : node?.parentElement)).filter(Boolean)
      .map((e) => `${e.localName}${e.id ? "#" + e.id : ""}.${e.className}`);
    window.shifted.push(`${entry.value.toFixed(4)} ${what.slice(0, 3).join(", ")}`);
  }
}).observe({ type: "layout-shift", buffered: true });
