/* In JupyterLab: what is chosen or pressed in a part goes to Python, which says while it works and which notebook to open. */
export default { render: ({ model, el }) => {
  const undo = render({ model, el });
  const tell = (event) => {
    const part = event.target.closest("[data-act]"), form = event.type === "change" && event.target.closest("[data-live]");
    if (form) { work(true); model.send({ act: form.dataset.form, value: "try", fields: typed(form) }); return; }
    if (!part || (part.tagName === "BUTTON") !== (event.type === "click") || (part.type === "date" && !(part.valueAsDate > new Date("1990")))) return;
    work(true);
    model.send({ act: part.dataset.act, value: part.value ?? "", fields: typed(part.closest("[data-form]")) });
  };
  /* a press in a form sends what stands in its fields */
  const typed = (form) => Object.fromEntries([...(form?.querySelectorAll("[name]") ?? [])]
    .map((field) => [field.name, field.type === "checkbox" ? (field.checked ? "1" : "") : field.value]));
  const work = (busy) => { el.classList.toggle("working", busy); el.setAttribute("aria-busy", busy); };
  const busy = () => work(model.get("busy"));
  const opened = ({ open }) => open && document.dispatchEvent(new CustomEvent("kpi:open", { detail: open }));
  /* tables as Excel takes them from the clipboard: a row a line, a tab between cells */
  const copies = () => {
    for (const table of el.querySelectorAll("table")) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: model.get("copy") });
      button.onclick = () => navigator.clipboard.writeText([...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\s+/g, " ").trim()).join("\t")).join("\n"))
        .then(() => { button.textContent += " ✓"; });
      (table.closest(".table-wrap") ?? table).before(button);
    }
  };
  if (model.get("copy")) model.on("change:parts", copies);
  if (model.get("copy")) copies();
  el.addEventListener("click", tell);
  el.addEventListener("change", tell);
  const stale = () => el.classList.toggle("stale", model.get("stale"));
  const watch = model.get("watched") && new IntersectionObserver((seen) => model.send({ act: "seen", value: seen.at(-1).isIntersecting ? "1" : "" }));
  if (watch) watch.observe(el);
  model.on("change:stale", stale);
  model.on("change:busy", busy);
  model.on("msg:custom", opened);
  el.dataset.working = model.get("working");
  busy();
  return () => { undo(); if (watch) watch.disconnect(); model.off("change:stale", stale); model.off("change:busy", busy); model.off("change:parts", copies); model.off("msg:custom", opened); };
} };
