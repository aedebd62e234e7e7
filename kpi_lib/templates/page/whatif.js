(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const levels = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];
  for (const place of document.querySelectorAll("section.whatif")) start(place);

  function start(place) {
    const data = JSON.parse(place.querySelector("script[type='application/json']").textContent);
    const rest = [];
    data.remaining.reduce((sum, step) => { rest.push((sum + step) * data.unit); return sum + step; }, 0);
    const words = data.words;
    const format = new Intl.NumberFormat(data.lang === "en" ? "en-GB" : "vi-VN", { minimumFractionDigits: data.decimals, maximumFractionDigits: data.decimals });
    const whole = new Intl.NumberFormat(data.lang === "en" ? "en-GB" : "vi-VN", { maximumFractionDigits: 0 });
    const form = make("form", place, "whatif-form");
    const pace = field(words.pace, { type: "range", min: -50, max: 100, step: 1, value: 0 });
    const amount = field(`${words.event}, ${data.measure}`, { type: "number", min: 0, step: "any", value: 0, inputMode: "decimal" });
    const chance = field(words.chance, { type: "range", min: 0, max: 100, step: 5, value: 100 });
    const month = choice(words.month, data.ends);
    const reset = make("button", form);
    reset.type = "button";
    reset.textContent = words.reset;
    const result = make("div", place, "whatif-result");
    result.setAttribute("aria-live", "polite");
    const drawing = make("div", place, "whatif-fan");
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    reset.addEventListener("click", () => { form.reset(); show(); });
    const table = place.querySelector(".table-wrap"), more = make("details", place);
    make("summary", more).textContent = words.table;
    if (table) more.append(table);
    place.classList.add("is-live");
    show();

    function make(tag, parent, name) {
      const node = document.createElement(tag);
      if (name) node.className = name;
      parent.append(node);
      return node;
    }
    function field(text, settings) {
      const label = make("label", form);
      const caption = make("span", label);
      caption.textContent = text;
      const input = make("input", label);
      Object.assign(input, settings);
      input.defaultValue = String(settings.value);
      const output = settings.type === "range" ? make("output", label) : null;
      return { input, output };
    }
    function choice(text, months) {
      const label = make("label", form);
      make("span", label).textContent = text;
      const select = make("select", label);
      for (const number of months) {
        const option = make("option", select);
        option.value = option.textContent = String(number);
      }
      return select;
    }

    function settings() {
      const sum = Number(amount.input.value);
      return { pace: 1 + Number(pace.input.value) / 100, amount: Number.isFinite(sum) ? sum : 0, chance: Number(chance.input.value) / 100, month: Number(month.value) };
    }
    function isBase(s) { return s.pace === 1 && s.amount * s.chance === 0; }

    function share(s, at) {
      const slack = 1e-9 * Math.max(1, Math.abs(data.threshold));
      let met = 0;
      for (const r of rest) {
        const total = data.achieved + s.pace * r;
        if (data.strict ? total > at + slack : total >= at - slack) met += 1;
      }
      return met / rest.length;
    }
    function below(s, x) {
      let low = 0, high = rest.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (data.achieved + s.pace * rest[middle] <= x) low = middle + 1; else high = middle;
      }
      return low;
    }
    function quantile(s, p) {
      let low = data.achieved + s.pace * rest[0] + Math.min(s.amount, 0);
      let high = data.achieved + s.pace * rest[rest.length - 1] + Math.max(s.amount, 0);
      for (let i = 0; i < 60; i++) {
        const middle = (low + high) / 2;
        const mass = ((1 - s.chance) * below(s, middle) + s.chance * below(s, middle - s.amount)) / rest.length;
        if (mass >= p) high = middle; else low = middle;
      }
      return high;
    }
    function scenario(s) {
      if (isBase(s)) return data.base;
      const raw = (1 - s.chance) * share(s, data.threshold) + s.chance * share(s, data.threshold - s.amount);
      const probability = Math.floor(100 * Math.min(Math.max(raw, data.clip[0]), data.clip[1]) + 0.5) / 100;
      return { probability, status: word(probability), median: quantile(s, 0.5), low80: quantile(s, 0.1), high80: quantile(s, 0.9) };
    }
    function word(p) {
      for (const [bound, name] of data.bounds) if (p >= bound) return name;
      for (const [bound, name] of data.lowBounds) if (p <= bound) return name;
      return "uncertain";
    }

    function show() {
      const s = settings(), found = scenario(s), [name, symbol] = data.statuses[found.status];
      const percent = Number(pace.input.value);
      pace.output.textContent = `${percent > 0 ? "+" : percent < 0 ? "−" : ""}${Math.abs(percent)} %`;
      chance.output.textContent = `${chance.input.value} %`;
      result.replaceChildren();
      const head = make("p", result, "whatif-chance");
      make("span", head).textContent = `${words.probability}: `;
      make("strong", head).textContent = `${whole.format(Math.round(100 * found.probability))} %`;
      make("span", head, "badge").textContent = ` ${symbol} ${name}`;
      make("p", result).textContent = `${words.year} ${format.format(found.median)} ${data.measure} (${words.interval}: ${format.format(found.low80)} – ${format.format(found.high80)}); ${words.target}: ${format.format(data.threshold)}`;
      const left = found.median - data.achieved, before = lastLeft();
      make("p", result, "note").textContent = `${words.needed}: ${format.format(left)} ${data.measure}` + (before > 0 ? `, ${whole.format(100 * left / before)} % ${words.last}` : "");
      if (!isBase(s)) make("p", result, "whatif-mark").textContent = words.scenario;
      place.dataset.probability = String(found.probability);
      place.dataset.median = String(found.median);
      place.dataset.low = String(found.low80);
      place.dataset.high = String(found.high80);
      draw(s, found);
    }
    function lastLeft() {
      const year = data.lastYear, at = data.seen[data.seen.length - 1][0];
      if (!year.length || year[year.length - 1][0] < 11.9) return NaN;
      const near = year.filter(([m]) => Math.abs(m - at) < 0.35);
      return near.length ? year[year.length - 1][1] - near[0][1] : NaN;
    }

    function shifted(row, s) {
      // the mixture's quantiles from the band's own: with and without the sum
      const plain = row.map((value) => data.achieved + s.pace * value);
      if (!s.active) return plain;
      const cdf = (x) => {
        if (x < plain[0]) return 0;
        for (let i = 1; i < plain.length; i++) {
          if (x < plain[i]) return levels[i - 1] + (levels[i] - levels[i - 1]) * (x - plain[i - 1]) / Math.max(plain[i] - plain[i - 1], 1e-12);
        }
        return 1;
      };
      return levels.map((p) => {
        let low = plain[0], high = plain[plain.length - 1] + s.amount;
        for (let i = 0; i < 40; i++) {
          const middle = (low + high) / 2;
          if ((1 - s.chance) * cdf(middle) + s.chance * cdf(middle - s.amount) >= p) high = middle; else low = middle;
        }
        return high;
      });
    }

    function draw(s, found) {
      const width = 640, height = 300, left = 8, right = 8, top = 26, bottom = 26;
      const rows = data.fan.map((row, i) => shifted(row, { ...s, active: s.amount * s.chance > 0 && data.ends[i] >= s.month }));
      const start = data.seen[data.seen.length - 1];
      const most = Math.max(data.threshold, ...rows.map((row) => row[6]), ...data.lastYear.map(([, v]) => v), start[1]) * 1.06;
      const x = (m) => left + (width - left - right) * m / 12, y = (v) => height - bottom - (height - top - bottom) * v / most;
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", `${data.name}: ${result.textContent}`);
      const add = (tag, settings, text) => {
        const node = document.createElementNS(SVG, tag);
        for (const [key, value] of Object.entries(settings)) node.setAttribute(key, value);
        if (text !== undefined) node.textContent = text;
        svg.append(node);
      };
      const line = (points) => points.map(([m, v], i) => `${i ? "L" : "M"}${x(m).toFixed(1)},${y(v).toFixed(1)}`).join("");
      for (const [low, high] of [[0, 6], [1, 5], [2, 4]]) {
        const up = [[start[0], start[1]], ...rows.map((row, i) => [data.ends[i], row[high]])];
        const down = [...rows.map((row, i) => [data.ends[i], row[low]])].reverse();
        add("path", { d: `${line([...up, ...down])}Z`, class: "band" });
      }
      if (data.lastYear.length) add("path", { d: line([[0, 0], ...data.lastYear]), class: "last-year" });
      add("path", { d: line([[0, 0], ...data.seen]), class: "actual" });
      add("path", { d: line([start, ...rows.map((row, i) => [data.ends[i], row[3]])]), class: "median" });
      add("path", { d: `M${x(0)},${y(data.threshold).toFixed(1)}H${x(12)}`, class: "goal" });
      add("text", { x: x(0), y: y(data.threshold) - 6 }, `${words.target} ${format.format(data.threshold)}`);
      add("text", { x: x(12), y: y(found.median) - 8, "text-anchor": "end", class: "strong" }, format.format(found.median));
      for (let m = 1; m <= 12; m++) add("text", { x: x(m - 0.5), y: height - 6, "text-anchor": "middle", class: "tick" }, data.lang === "en" ? String(m) : `T${m}`);
      drawing.replaceChildren(svg);
    }
  }
})();
