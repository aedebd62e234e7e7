// JupyterLab at the officers' desk: the start page is run as soon as it stands open, and so is every notebook that a part of it opens.
// Written by hand in the form JupyterLab loads extensions in; needs nothing but the application itself.
(window._JUPYTERLAB ??= {})["kpi-desk"] = { init() {}, get: async () => () => ({ id: "kpi-desk:plugin", autoStart: true, activate }) };

const START = /(^|\/)desk\/start(-\d+)?\.ipynb$/;

function activate(app) {
  const sheet = document.createElement("style"); // the start page is a page: its code stays out of sight, the menus still reach it
  sheet.textContent = ".kpi-start :is(.jp-CodeCell .jp-Cell-inputWrapper, .jp-OutputPrompt, .jp-NotebookPanel-toolbar, .jp-Notebook-footer) { display: none; }";
  document.head.append(sheet);
  const followed = followsAddress(app);
  document.addEventListener("kpi:open", ({ detail }) => followed.then(() => open(app, detail)));
  Promise.all([app.restored, followed]).then(async () => {
    for (let tries = 0; tries < 300; tries++) { // the page named in the address is opened after the others are restored
      const start = [...app.shell.widgets("main")].find((each) => START.test(each.context?.path ?? ""));
      if (start) {
        start.addClass("kpi-start");
        return run(app, start);
      }
      await new Promise((after) => setTimeout(after, 100));
    }
  });
}

/* When JupyterLab has opened the page that its address names: a start page kept from last time stands before that, and what is pressed on it would be covered. */
function followsAddress(app) {
  return new Promise((done) => {
    if (!location.pathname.includes("/tree/")) return done();
    setTimeout(done, 30000);
    app.commands.commandExecuted.connect((_, { id, args, result }) => {
      if (id === "filebrowser:open-path" && START.test(args.path ?? "")) Promise.resolve(result).then(done, done);
    });
  });
}

/* Open a notebook and run it, or show it where it stands open; a report in a window of its own. */
async function open(app, path) {
  if (!path.endsWith(".ipynb")) {
    const { contents } = app.serviceManager;
    return window.open(await contents.getDownloadUrl(path), "_blank", "noopener");
  }
  const stands = [...app.shell.widgets("main")].find((each) => each.context?.path === path);
  if (stands) return app.shell.activateById(stands.id);
  const widget = await app.commands.execute("docmanager:open", { path, factory: "Notebook" });
  if (widget) await run(app, widget);
}

async function run(app, widget) {
  await widget.context.ready;
  await widget.sessionContext.ready;
  while (app.shell.currentWidget !== widget) { // whoever has gone on to another one is not called back; it runs when it is looked at
    if (widget.isDisposed) return;
    await new Promise((after) => setTimeout(after, 200));
  }
  const running = app.commands.execute("notebook:run-all-cells");
  widget.content.activeCellIndex = 0; // the reader begins at the top
  await running;
  if (widget.content.activeCellIndex === widget.content.widgets.length - 1) {
    widget.content.activeCellIndex = 0;
    await widget.content.scrollToItem(0);
  }
}
