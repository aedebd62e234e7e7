// What a test asks of any page of a report, whatever its markup: each function returns what is wrong with it, in words.
globalThis.looks = (() => {
  "use strict";
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const words = (text) => text.replace(/\s+/g, " ").trim();
  const named = (part) => `<${part.tagName.toLowerCase()}${part.className.baseVal === undefined && part.className ? "." + part.className : ""}> ${words(part.textContent).slice(0, 50)}`;
  const shown = (part) => part.checkVisibility({ visibilityProperty: true }) && [...part.getClientRects()].some((box) => box.width > 0 && box.height > 0);
  const drawings = (figure) => all("svg", figure).filter((drawing) => shown(drawing) && drawing.getBoundingClientRect().height > 60);
  // what is painted, but lines (axes and grids are lines); a live chart tells its marks from the rest, a picture does not
  const painted = (shape) => { const box = shape.getBoundingClientRect(), style = getComputedStyle(shape); return box.width + box.height > 0 && !(style.fill === "none" && style.stroke === "none"); };
  const marks = (drawing) => { const own = all(".role-mark > *", drawing); return (own.length ? own : all("path, rect, circle, ellipse, polygon, polyline", drawing)).filter(painted); };
  const twice = (list) => list.filter((item, at) => list.indexOf(item) !== at);
  const ends = (box, edge) => box.right > edge + 1 || box.left < -1;
  // the reader's words for all of this: no pixel of text may be out of reach
  const reachable = (part) => { for (let at = part.parentElement; at; at = at.parentElement) if (/auto|scroll/.test(getComputedStyle(at).overflowX)) return true; return false; };

  return {
    unfold: (open) => all("details").forEach((part) => { part.open = open; }),

    frame(lang, mark) {
      const found = [];
      const levels = all("h1, h2, h3, h4, h5, h6").filter((part) => !part.closest("#vg-tooltip-element")).map((part) => Number(part.tagName[1]));
      if (document.documentElement.lang !== lang) found.push(`lang is ${document.documentElement.lang}, not ${lang}`);
      if (levels.filter((level) => level === 1).length !== 1) found.push(`${levels.filter((level) => level === 1).length} h1`);
      if (levels[0] !== 1) found.push(`the first heading is h${levels[0]}`);
      levels.forEach((level, at) => { if (at && level > levels[at - 1] + 1) found.push(`h${levels[at - 1]} is followed by h${level}: ${named(all("h1, h2, h3, h4, h5, h6")[at])}`); });
      if (!words(document.title)) found.push("no title");
      if (mark && !document.title.startsWith(mark)) found.push(`the title does not begin with the mark: ${document.title}`);
      if (!mark && /MINH HỌA|ILLUSTRATIVE/.test(document.title)) found.push("a mark nobody asked for");
      twice(all("[id]").map((part) => part.id)).forEach((id) => found.push(`id ${id} is given twice`));
      all("main :is(h2, h3, h4)").forEach((heading, at, headings) => {
        const next = headings.slice(at + 1).find((other) => other.tagName <= heading.tagName), section = document.createRange();
        section.setStartAfter(heading);
        next ? section.setEndBefore(next) : section.setEndAfter(heading.closest("main").lastChild);
        if (!words(section.toString()) && !section.cloneContents().querySelector("svg")) found.push(`nothing stands under ${named(heading)}`);
      });
      if (all("main").length !== 1) found.push(`${all("main").length} main`);
      return found;
    },

    async marked(mark) {
      if (!mark) return [];
      const found = [];
      for (const share of [0, 0.5, 1]) {
        scrollTo({ top: share * document.documentElement.scrollHeight, behavior: "instant" });
        await new Promise((done) => requestAnimationFrame(done));
        const seen = all("body *").some((part) => !part.closest("svg, [aria-hidden=true]") && words([...part.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join(" ")).includes(mark) && shown(part) && (({ top, bottom }) => bottom > 0 && top < innerHeight)(part.getBoundingClientRect()));
        if (!seen) found.push(`the mark is not to be seen ${100 * share}% down the page`);
      }
      scrollTo({ top: 0, behavior: "instant" });
      return found;
    },

    charts(mark) {
      const found = [];
      all("figure.chart").forEach((figure, at) => {
        const own = drawings(figure), named = `chart ${at + 1} (${figure.querySelector("[aria-label]")?.ariaLabel.slice(0, 60)})`;
        if (own.length < 1) found.push(`${named}: no drawing to be seen`);
        if (own.length > 1) found.push(`${named}: ${own.length} drawings at once`);
        for (const drawing of own) {
          if (marks(drawing).length < 1) found.push(`${named}: nothing is drawn`);
          if (mark && !words(drawing.textContent).includes(mark)) found.push(`${named}: the mark is not among its words`);
          const box = drawing.getBoundingClientRect();
          all("text", drawing).filter((text) => text.textContent.trim()).forEach((text) => {
            const b = text.getBoundingClientRect();
            if (b.right > box.right + 2 || b.left < box.left - 2 || b.top < box.top - 2 || b.bottom > box.bottom + 2) found.push(`${named}: “${text.textContent}” is cut`);
          });
        }
        if (!all("[role=img]", figure).some((part) => words(part.ariaLabel || "").length > 10)) found.push(`${named}: no words for those who do not see it`);
      });
      return found;
    },
    count: () => all("figure.chart").flatMap(drawings).reduce((sum, drawing) => sum + marks(drawing).length, 0),

    sideways() {
      const edge = document.documentElement.clientWidth, found = [];
      if (document.documentElement.scrollWidth > edge) found.push(`the page is ${document.documentElement.scrollWidth} px wide on ${edge}`);
      for (const part of all("body *")) {
        if (part.closest("svg, .skip, script") || !part.checkVisibility() || reachable(part)) continue;
        const box = part.getBoundingClientRect(), hidden = getComputedStyle(part).clipPath !== "none" || part.closest("thead");
        if (box.width && box.height && !hidden && ends(box, edge)) found.push(`${named(part)} reaches from ${Math.round(box.left)} to ${Math.round(box.right)} of ${edge}`);
      }
      return found.slice(0, 5);
    },

    readable() {
      const found = all("h1, h2, h3, h4, p, li, dt, dd, caption, summary, td, th, pre, figcaption")
        .filter((part) => words(part.textContent) && words(part.textContent) !== "–" && !part.closest(".live, [hidden]") && !shown(part)).map((part) => `not to be seen: ${named(part)}`);
      return found.slice(0, 5);
    },

    // every smallest block of text, as it should stand on paper (the table behind a chart stays on the screen); headings of table columns stand there as often as the table has sheets
    said: () => all("h1, h2, h3, h4, p, li, dt, dd, td, th, caption, summary, pre, figcaption")
      .filter((part) => !part.closest(".live, nav, .mark, .watermark, [hidden], .whatif-form, button, .behind") && !part.querySelector("p, li, dt, td, svg") && words(part.textContent))
      .map((part) => part.textContent),

    links: () => all("a[href]").map((link) => link.getAttribute("href")),

    stops: [],
    start() {
      this.stops = all("a[href], button, input, select, textarea, summary, [tabindex]").filter((part) => part.tabIndex >= 0 && !part.disabled && part.checkVisibility({ visibilityProperty: true }));
      document.body.tabIndex = -1; // the next Tab starts from here
      document.body.focus();
      document.body.removeAttribute("tabindex");
      scrollTo({ top: 0, behavior: "instant" });
      return this.stops.length;
    },
    stop() {
      const part = document.activeElement;
      if (!part || part === document.body || part === document.documentElement) return [null, ""];
      const at = this.stops.indexOf(part), style = getComputedStyle(part), box = part.getClientRects()[0];
      let fault = "";
      if (!box) fault = "has no place";
      else if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) fault = "has the focus out of sight";
      else if ((style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) && style.boxShadow === "none") fault = "does not show that it has the focus";
      else {
        const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1), y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
        const top = document.elementFromPoint(x, y);
        if (top && top !== part && !part.contains(top) && !top.contains(part)) fault = `has the focus under ${named(top)}`;
      }
      return [at, fault && `${named(part)} ${fault}`];
    },

    // On paper a link leaves a rectangle on its sheet, one for each piece of its box: so every block tells where it came to stand.
    tag() {
      const cover = (box, place, name) => {
        const link = document.createElement("a");
        link.href = `mark:${name}`;
        Object.assign(link.style, { position: "absolute", inset: "0", display: "block", zIndex: "-1" });
        if (getComputedStyle(box).position === "static") box.style.position = "relative";
        place.append(link);
        names.push(name);
      };
      const names = [];
      all("figure.chart").forEach((figure, at) => cover(figure, figure, `figure-${at}`));
      all("table").filter((table) => !table.closest(".behind")).forEach((table, at) => [...table.rows].forEach((row, no) => { if (row.cells.length) cover(row, row.cells[0], `${row.closest("thead") ? "head" : "row"}-${at}-${no}`); }));
      all("main h2, main h3, main h4").forEach((heading, at) => cover(heading, heading, `heading-${at}`));
      all("main p, main li, main dd").filter((part) => !part.closest("table, figure") && words(part.textContent)).forEach((part, at) => cover(part, part, `words-${at}`));
      const ruler = document.createElement("a");
      ruler.href = "mark:ruler";
      Object.assign(ruler.style, { position: "absolute", top: "0", left: "0", width: "100px", height: "5px", display: "block" });
      document.body.append(ruler);
      return names;
    },
  };
})();
