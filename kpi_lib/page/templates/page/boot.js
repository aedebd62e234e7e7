(async () => {
  "use strict";
  const figures = [...document.querySelectorAll("figure.chart")];
  document.documentElement.dataset.charts = String(figures.length);
  if (!("DecompressionStream" in window)) return;
  const script = document.createElement("script");
  script.textContent = await unpack("vega");
  document.head.append(script);
  const locale = JSON.parse(document.getElementById("locale").textContent);
  const small = window.matchMedia("(max-width: 600px)");
  const loader = { load: () => Promise.reject(new Error("offline")), sanitize: () => Promise.reject(new Error("offline")) };

  const specs = JSON.parse(await unpack("charts"));

  async function unpack(name) {
    // base 85: five characters for four bytes, most significant first
    const letters = new Map([...document.getElementById("letters").textContent].map((letter, value) => [letter, value]));
    const element = document.getElementById(name);
    const text = element.textContent;
    const size = Number(element.dataset.bytes);
    const bytes = new Uint8Array(Math.ceil(size / 4) * 4);
    const words = new DataView(bytes.buffer);
    for (let at = 0, to = 0; at < text.length; at += 5, to += 4) {
      let word = 0;
      for (let i = 0; i < 5; i++) word = word * 85 + letters.get(text[at + i]);
      words.setUint32(to, word);
    }
    const plain = new Blob([bytes.subarray(0, size)]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(plain).text();
  }

  async function draw(figure) {
    const stored = specs[figures.indexOf(figure)];
    const spec = small.matches ? { ...stored.spec, ...stored.narrow } : stored.spec;
    const place = figure.querySelector(".live");
    await window.vegaEmbed(place, spec, {
      actions: false, renderer: "svg", ast: true, defaultStyle: false, loader,
      tooltip: { disableDefaultStyle: true }, formatLocale: locale.number, timeFormatLocale: locale.time,
    });
    const drawing = place.querySelector("svg");
    if (!drawing) return;
    drawing.setAttribute("viewBox", drawing.getAttribute("viewBox") || `0 0 ${drawing.getAttribute("width")} ${drawing.getAttribute("height")}`);
    figure.classList.add("is-live");
  }

  async function drawAll() {
    for (const figure of figures) {
      if (figure.closest(".leaf") && figure.offsetParent === null) continue; // a leaf that is not open is drawn when it is
      try { await draw(figure); } catch (error) { figure.classList.remove("is-live"); }
    }
    document.documentElement.dataset.live = String(document.querySelectorAll("figure.is-live").length);
  }
  small.addEventListener("change", drawAll);
  window.addEventListener("hashchange", drawAll);
  await drawAll();
})();
