// What the style sheet can't know: which formulas and tables are wider than the page.
(() => {
  "use strict";

  // Pages read from the disk can't be fetched by a script, so their search results have no extract.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // On a narrow page formulas break where they can; on a wide one they go to the next line whole.
  if (window.MathJax?.svg && innerWidth > 700) window.MathJax.svg.linebreaks = { inline: false };

  const SCROLLERS = ".table-wrapper, .math-wrapper, article pre, .wide-formula";

  function widen() {
    for (const formula of document.querySelectorAll("article span.math")) {
      formula.classList.remove("wide-formula");
      const room = formula.parentElement.closest("p, li, td, th, div, summary");
      if (room && formula.getBoundingClientRect().width > room.clientWidth) {
        formula.classList.add("wide-formula");
      }
    }
  }

  // Whoever has no mouse scrolls with the keyboard, which needs the focus on the thing to scroll.
  function focusable() {
    for (const box of document.querySelectorAll(SCROLLERS)) {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", "scrolls sideways");
      } else if (box.getAttribute("role") === "region") {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    }
  }

  function fit() {
    widen();
    focusable();
  }

  window.addEventListener("load", async () => {
    if (window.MathJax?.startup?.promise) await window.MathJax.startup.promise;
    fit();
    // The formulas have moved everything: go again to the heading that was asked for.
    if (location.hash) {
      document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
    }
    document.documentElement.dataset.ready = "yes";
  });
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(fit, 200);
  });
  document.addEventListener("toggle", fit, true); // hints that unfold
})();
