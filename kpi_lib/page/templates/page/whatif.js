// The what-if of a line: sliders, the answer, its fan. The one script that draws it: on an exported page by itself, in JupyterLab by anywidget.
// What it is given stands in whatif_data.py; it reckons as outlook/scenarios.py does, and a test holds the two together.
const SVG = "http://www.w3.org/2000/svg";
const levels = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];
const HEIGHT = 320, WIDE = 680, NARROW = 360, TOP = 26, BOTTOM = 30, GAP = 38, DIGIT = 7.4, STRONG_DIGIT = 8.8, LETTER = 7.0, EDGE = 30;
const small = window.matchMedia("(max-width: 600px)");

for (const script of document.querySelectorAll("section.whatif > script[type='application/json']")) {
  control(script.parentElement, JSON.parse(script.textContent));
}

export default { render };

/* In JupyterLab: the parts of a page, one below the other, drawn anew when Python chooses others. */
function render({ model, el }) {
  let drawn = new AbortController();
  el.classList.add("kpi-lab");
  function draw() {
    drawn.abort();
    drawn = new AbortController();
    el.replaceChildren();
    for (const { markup, data } of model.get("parts")) {
      const place = document.createElement(data ? "section" : "div");
      place.innerHTML = markup; // made and escaped by the library
      el.append(place);
      if (data) control(place, data, drawn.signal);
    }
    for (const part of el.querySelectorAll("input, select, button, summary, [tabindex]")) {
      part.dataset.lmSuppressShortcuts = ""; // keys move the slider, not the notebook's cells
    }
  }
  model.on("change:parts", draw);
  draw();
  return () => { model.off("change:parts", draw); drawn.abort(); };
}

/* The control of one line in its place, above what stood there; it follows the width of the screen until `signal` ends it. */
function control(place, data, signal) {
  const { words, lever, positions } = data, { shifts } = lever;
  const years = ({ whole, unit, base, fan }) => {
    const draws = [];
    whole.reduce((sum, step) => { draws.push((sum + step) * unit); return sum + step; }, 0);
    return { draws, base, fan };
  };
  const projected = years(data), eventless = data.eventless && years(data.eventless);
  let { draws, base, fan } = projected; // of the years reckoned with: as projected, or without the events written down
  const [floor, ceiling] = [data.limits[0] ?? -Infinity, data.limits[1] ?? Infinity];
  const better = data.upwards ? 1 : -1;
  const formats = new Map();

  const still = [...place.children].filter((part) => part.tagName !== "SCRIPT");
  place.classList.add("whatif", "is-live");
  const form = make("form", place, "whatif-form");
  const move = field(words.lever, { type: "range", min: lever.low, max: lever.high, step: 1, value: lever.start }, form, "whatif-lever");
  let amount, chance, month;
  if (!shifts) {
    const group = make("fieldset", form);
    make("legend", group).textContent = words.event;
    amount = field(words.amount, { type: "number", step: "any", value: 0, inputMode: "decimal" }, group);
    month = choice(words.month, data.months, group);
    chance = field(words.chance, { type: "range", min: 0, max: 100, step: 5, value: 100 }, group);
  }
  const events = eventless ? field(words.known_events, { type: "checkbox", defaultChecked: true, value: "on" }, form, "whatif-events").input : null;
  const reset = make("button", form);
  reset.type = "button";
  reset.textContent = words.reset;
  const result = make("div", place, "whatif-result"), drawing = make("div", place, "whatif-fan"), keys = make("p", place, "note");
  const said = make("p", place, "whatif-said");
  said.setAttribute("role", "status");
  const more = make("details", place);
  make("summary", more).textContent = words.table;
  more.append(...still);
  form.addEventListener("input", () => show(true));
  form.addEventListener("submit", (event) => event.preventDefault());
  reset.addEventListener("click", () => { form.reset(); show(true); });
  small.addEventListener("change", () => show(false), { signal });
  let waiting;
  show(false);

  function make(tag, parent, name) {
    const node = document.createElement(tag);
    if (name) node.className = name;
    parent.append(node);
    return node;
  }
  function labelled(text, tag, parent, name) {
    const box = make("div", parent, `whatif-field ${name || ""}`), label = make("label", box), node = make(tag, box);
    label.textContent = text;
    label.htmlFor = node.id = `whatif-${Math.random().toString(36).slice(2)}`;
    return [node, box];
  }
  function field(text, settings, parent, name) {
    const [input, box] = labelled(text, "input", parent, name);
    Object.assign(input, settings);
    input.defaultValue = String(settings.value);
    const output = settings.type === "range" ? make("output", box) : null;
    if (output) output.setAttribute("aria-hidden", "true"); // the input's aria-valuetext says it
    return { input, output };
  }
  function choice(text, months, parent) {
    const [select] = labelled(text, "select", parent);
    for (const [number, name] of months) {
      const option = make("option", select);
      option.value = String(number);
      option.textContent = name;
    }
    select.value = String(months[months.length - 1][0]);
    for (const option of select.options) option.defaultSelected = option.selected;
    return select;
  }

  /* numbers and words */
  function fill(pattern, fields) { return pattern.replace(/\{(\w+)\}/g, (_, name) => fields[name]); }
  function number(value, decimals) {
    if (!formats.has(decimals)) formats.set(decimals, new Intl.NumberFormat(data.lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
    const text = formats.get(decimals).format(String(Math.abs(value))); // as text: halves of the digits that are shown, away from zero
    return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
  }
  function percent(value) { return fill(words.percent, { number: number(value, 0) }); }
  function rounded(value, decimals) { // the printed number again as a number
    const key = `plain${decimals}`;
    if (!formats.has(key)) formats.set(key, new Intl.NumberFormat("en", { useGrouping: false, minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
    return Number(formats.get(key).format(String(value)));
  }
  function side(value, goal) { return Math.abs(value - goal) <= data.slack ? 0 : Math.sign(value - goal); }
  function decimalsFor(value) { // as compare.decimals_for: a printed number stays on its side of the target
    const goal = data.threshold, at = side(value, goal);
    for (let d = data.decimals; d <= data.stated && at === 0; d++) if (side(rounded(goal, d), goal) === 0) return d;
    if (at === 0) return data.decimals;
    for (let d = data.decimals; d < data.finest; d++) {
      const shown = rounded(value, d);
      if (side(shown, goal) === at && side(shown, rounded(goal, d)) === at) return d;
    }
    return Math.max(data.decimals, data.finest);
  }
  function near(value) { return number(value, decimalsFor(value)); }
  function measured(text) { return fill(words.measured, { number: text }); }
  function position(at) { return positions[at - lever.low]; }
  function neededText({ state, at }) {
    if (state !== "at") return state === "always" ? words.always : words.never;
    return fill(at === lever.start ? words.half_at_start : words.half, { where: position(at)[1] });
  }
  function resultTexts(found, moved) {
    const shown = { median: measured(near(found.median)), low: near(found.low80), high: near(found.high80), goal: number(data.threshold, decimalsFor(found.median)) };
    const lines = [fill(moved ? words.supposed_year : words.year, shown)];
    if (!shifts) lines.push(fill(moved ? words.supposed_rest : words.rest, { rest: measured(number(found.median - data.achieved, data.decimals)) }));
    return lines;
  }

  /* reckoning */
  function settings() {
    const sum = amount ? Number(amount.input.value) : 0, at = Number(move.input.value);
    return { at, value: position(at)[0], amount: Number.isFinite(sum) ? sum : 0, chance: chance ? Number(chance.input.value) / 100 : 0, month: month ? Number(month.value) : data.last };
  }
  function choose() { ({ draws, base, fan } = events && !events.checked ? eventless : projected); }
  function isBase(s) { return s.at === lever.start && s.amount * s.chance === 0; }
  function total(value, i) { return shifts ? Math.min(Math.max(draws[i] + value, floor), ceiling) : data.achieved + value * draws[i]; }
  function count(value, fits) { // how many of the sorted totals fit, the smallest ones first
    let low = 0, high = draws.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (fits(total(value, middle))) low = middle + 1; else high = middle;
    }
    return low;
  }
  function share(value, at) {
    const below = count(value, (t) => t < at - data.slack), through = count(value, (t) => t <= at + data.slack);
    const sides = { short: below, equal: through - below, over: draws.length - through };
    return data.meeting.reduce((sum, side) => sum + sides[side], 0) / draws.length;
  }
  function probability(value, s) {
    const raw = (1 - s.chance) * share(value, data.threshold) + s.chance * share(value, data.threshold - s.amount);
    return published(raw);
  }
  function published(raw) { // the last step of the table whose start is reached
    return data.chances.reduce((chance, [start, value]) => raw >= start ? value : chance, data.chances[0][1]);
  }
  function quantile(s, p) {
    if (s.amount * s.chance === 0) return total(s.value, Math.max(Math.ceil(p * draws.length - 1e-9) - 1, 0));
    let low = total(s.value, 0) + Math.min(s.amount, 0), high = total(s.value, draws.length - 1) + Math.max(s.amount, 0);
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      const mass = ((1 - s.chance) * count(s.value, (t) => t <= middle) + s.chance * count(s.value, (t) => t <= middle - s.amount)) / draws.length;
      if (mass >= p) high = middle; else low = middle;
    }
    return high;
  }
  function scenario(s) {
    if (isBase(s)) return base;
    const p = probability(s.value, s);
    return { probability: p, status: word(p), median: quantile(s, 0.5), low80: quantile(s, 0.1), high80: quantile(s, 0.9) };
  }
  function word(p) {
    for (const [bound, name] of data.bounds) if (p >= bound) return name;
    for (const [bound, name] of data.low_bounds) if (p <= bound) return name;
    return "uncertain";
  }
  function needed(s) {
    if (data.exact) return null;
    const [from, to] = better > 0 ? [lever.low, lever.high] : [lever.high, lever.low];
    for (let at = from; better > 0 ? at <= to : at >= to; at += better) {
      const p = isBase({ ...s, at }) ? base.probability : probability(position(at)[0], s);
      if (p >= data.half) return { state: at === from ? "always" : "at", at };
    }
    return { state: "never" };
  }

  function show(tell) {
    choose();
    const s = settings(), moved = !isBase(s) || draws !== projected.draws, found = scenario(s), [name, symbol] = data.statuses[found.status], half = needed(s);
    const where = position(s.at)[1], whole = percent(Math.round(100 * found.probability));
    move.output.textContent = where;
    move.input.setAttribute("aria-valuetext", where);
    if (chance) {
      chance.output.textContent = percent(Number(chance.input.value));
      chance.input.setAttribute("aria-valuetext", chance.output.textContent);
    }
    result.replaceChildren();
    const head = make("p", result, "whatif-chance");
    make("span", head).textContent = `${words.probability}: `;
    make("strong", head).textContent = whole;
    make("span", head, `status status-${found.status}`).textContent = `${symbol} ${name}`;
    const lines = resultTexts(found, moved);
    for (const line of lines) make("p", result).textContent = line;
    if (half) make("p", result, "whatif-needed").textContent = neededText(half);
    if (moved) make("p", result, "whatif-mark").textContent = words.scenario;
    keys.textContent = moved ? words.supposed_keys : words.keys;
    Object.assign(place.dataset, {
      probability: found.probability, median: found.median, low: found.low80, high: found.high80,
      needed: half ? (half.state === "at" ? half.at : half.state) : "none",
    });
    drawing.replaceChildren(picture(movedRows(s, moved), found.median, moved, `${data.name}: ${words.probability} ${whole}, ${name}. ${lines[0]}`));
    if (!tell) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => { said.textContent = `${words.probability}: ${whole}, ${name}.`; }, 400);
  }

  /* picture */
  function movedRows(s, moved) {
    const from = data.origin ? data.origin[0] : 0;
    const rows = fan.map((row, i) => {
      if (shifts) {
        const part = (data.ends[i] - from) / (data.last - from);
        return row.map((q) => Math.min(Math.max(q + s.value * part, floor), ceiling));
      }
      const plain = row.map((q) => data.achieved + s.value * q);
      return s.amount * s.chance !== 0 && data.months[i][0] >= s.month ? mixed(plain, s) : plain;
    });
    if (moved) rows[rows.length - 1] = levels.map((p) => quantile(s, p));
    return rows;
  }
  function mixed(plain, s) { // quantiles of the mixture with and without a sum, from the band's own
    const cumulated = (x) => {
      if (x < plain[0]) return 0;
      for (let i = 1; i < plain.length; i++) {
        if (x < plain[i]) return levels[i - 1] + (levels[i] - levels[i - 1]) * (x - plain[i - 1]) / Math.max(plain[i] - plain[i - 1], 1e-12);
      }
      return 1;
    };
    return levels.map((p) => {
      let low = plain[0] + Math.min(s.amount, 0), high = plain[plain.length - 1] + Math.max(s.amount, 0);
      for (let i = 0; i < 40; i++) {
        const middle = (low + high) / 2;
        if ((1 - s.chance) * cumulated(middle) + s.chance * cumulated(middle - s.amount) >= p) high = middle; else low = middle;
      }
      return high;
    });
  }
  function valueTicks(rows) {
    const ground = shifts ? 0 : data.achieved;
    const shown = [data.threshold, ...rows.flatMap((row) => [row[0], row[6]]), ...data.fan.flatMap((row) => [ground + row[0], ground + row[6]]), ...data.seen.map(([, v]) => v), ...data.before.map(([, v]) => v)];
    let low = shifts ? Math.min(...shown) : Math.min(0, ...shown), high = Math.max(...shown);
    const room = (high - low || 1) * 0.06;
    if (shifts || low !== 0) low -= room;
    high += room;
    const raw = (high - low) / 6, size = 10 ** Math.floor(Math.log10(raw)), step = size * ([1, 2, 2.5, 5].find((m) => raw / size <= m) || 10);
    const ticks = [];
    for (let k = Math.ceil(low / step - 1e-9); k <= Math.floor(high / step + 1e-9); k++) {
      if (!shifts || (k * step >= floor - 1e-9 && k * step <= ceiling + 1e-9)) ticks.push(k * step);
    }
    let decimals = 0;
    while (decimals < 5 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) >= 1e-9) decimals += 1;
    return { low, high, ticks, decimals };
  }
  function apart(goal, middle) {
    let upper = Math.min(goal, middle), lower = Math.max(goal, middle);
    if (lower - upper < GAP) [upper, lower] = [(upper + lower - GAP) / 2, (upper + lower + GAP) / 2];
    const down = Math.max(TOP + 4 - upper, 0) - Math.max(lower - (HEIGHT - BOTTOM - 12), 0);
    return goal <= middle ? [upper + down, lower + down] : [lower + down, upper + down];
  }
  function picture(rows, median, moved, label) {
    const width = small.matches ? NARROW : WIDE, { low, high, ticks, decimals } = valueTicks(rows);
    const tickWords = ticks.map((tick) => number(tick, decimals));
    const goal = number(data.threshold, decimalsFor(median)), middle = near(median), name = moved ? words.supposed : words.median;
    const left = Math.max(10 + DIGIT * Math.max(1, ...tickWords.map((word) => word.length)), shifts ? EDGE : 0);
    const right = 12 + Math.max(STRONG_DIGIT * Math.max(goal.length, middle.length), LETTER * Math.max(name.length, words.target.length));
    const x = (m) => left + (width - left - right) * (m - data.first) / (data.last - data.first);
    const y = (v) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (v - low) / (high - low), f = (v) => v.toFixed(1), foot = HEIGHT - BOTTOM;
    const svg = document.createElementNS(SVG, "svg");
    const add = (tag, settings, text) => {
      const node = document.createElementNS(SVG, tag);
      for (const [key, value] of Object.entries(settings)) node.setAttribute(key, value);
      if (text !== undefined) node.textContent = text;
      svg.append(node);
    };
    const path = (name, d) => add("path", { class: name, d });
    for (const [key, value] of Object.entries({ viewBox: `0 0 ${width} ${HEIGHT}`, width, role: "img", "aria-label": label })) svg.setAttribute(key, value);

    add("text", { class: "tick", x: 2, y: 13 }, data.measure);
    add("text", { class: "made-up", "text-anchor": "end", x: f(width - right), y: 13 }, data.mark);
    ticks.forEach((tick, i) => {
      path("grid", `M${f(left)},${f(y(tick))}H${f(width - right)}`);
      add("text", { class: "tick", "text-anchor": "end", x: f(left - 6), y: f(y(tick) + 4) }, tickWords[i]);
    });
    path("axis", `M${f(left)},${foot}H${f(x(data.last))}`);
    for (const [at, name, phone] of data.ticks) {
      path("axis", `M${f(x(at))},${foot}v5`);
      if (phone || !small.matches) add("text", { class: "tick", "text-anchor": "middle", x: f(x(at)), y: foot + 19 }, name);
    }
    const line = (points) => points.map(([m, v], i) => `${i ? "L" : "M"}${f(x(m))},${f(y(v))}`).join("");
    const origin = data.origin ? [data.origin] : [], on = (k) => rows.map((row, i) => [data.ends[i], row[k]]);
    if (!origin.length && rows.length === 1) { // nothing before it: nested bars at the year's end
      for (const [a, b, wide] of [[0, 6, 22], [1, 5, 16], [2, 4, 10]]) path("band", `M${f(x(data.last) - wide)},${f(y(rows[0][a]))}H${f(x(data.last))}V${f(y(rows[0][b]))}H${f(x(data.last) - wide)}Z`);
      path("median", `M${f(x(data.last) - 22)},${f(y(rows[0][3]))}H${f(x(data.last))}`);
    } else {
      for (const [a, b] of [[0, 6], [1, 5], [2, 4]]) path("band", `${line([...origin, ...on(b), ...on(a).reverse()])}Z`);
      const ground = shifts ? 0 : data.achieved;
      if (moved) path("ghost", line([...origin, ...data.fan.map((row, i) => [data.ends[i], ground + row[3]])]));
      path("median", line([...origin, ...on(3)]));
    }
    if (data.before.length) path("last-year", line(data.before));
    if (data.seen.length) {
      path("actual", line(data.seen));
      for (const [m, v] of shifts ? data.seen : data.seen.slice(-1)) add("circle", { class: "dot", cx: f(x(m)), cy: f(y(v)), r: 3.2 });
    }
    path("goal", `M${f(left)},${f(y(data.threshold))}H${f(x(data.last))}`);
    const heights = apart(y(data.threshold), y(median)), end = f(width - right + 8);
    for (const [at, kind, head, text] of [[heights[0], "goal-word", words.target, goal], [heights[1], "strong", name, middle]]) {
      add("text", { class: `${kind} small`, x: end, y: f(at - 4) }, head);
      add("text", { class: kind, x: end, y: f(at + 12) }, text);
    }
    return svg;
  }
}