// The page as a whole: one function draws all that the state says.

let visible = [];

function update({ focus = false } = {}) {
  visible = passing(shownTable());
  writeState();
  showAxes();
  select("color", colorings(), chosenColoring());
  const total = shownTable().label.length;
  const what = state.level === "replicates" ? "groups of replicates" : total === 1 ? "run" : "runs";
  byId("count").textContent = visible.length === total ? `${total} ${what}` : `${visible.length} of ${total} ${what}`;
  drawChart(visible, update);
  drawTable(visible, reorder);
  return drawDetails(choose).then(() => {
    if (focus && chosenRun() !== null) byId("details").focus();
  });
}

/** Draw the table alone: another order of its rows changes nothing else. */
function reorder() {
  writeState();
  drawTable(visible, reorder);
}

/** Show the details of a run of the shown table; null closes them. */
function choose(run) {
  hideTip();
  state.run = run === null ? "" : `${run + 1}`;
  writeState();
  drawChart(visible, update);
  markRows();
  drawDetails(choose).then(() => {
    if (run === null) byId("grid").focus();
    else byId("details").focus();
  });
}

function introduce() {
  byId("title").textContent = data.title;
  document.title = data.title;
  const [runs, stages] = [data.runs.label.length, stagesOf(data.runs)];
  byId("summary").textContent = `${runs} ${runs === 1 ? "run" : "runs"}, ${stages} ${stages === 1 ? "stage" : "stages"}; made by wzsim ${data.wzsim}, ${data.made}`;
  byId("origin").textContent = `This page was made by wzsim ${data.wzsim} on ${data.made} from ${runs} result ${runs === 1 ? "file" : "files"}. Figures are those of the files to the last digit; pictures of training, bins and reconstructions are thinned.`;
  byId("files").addEventListener("toggle", () => {
    const items = data.runs.file.map((file, run) => element("li", {}, `${data.runs.sha[run]}  ${file}`));
    byId("files").querySelector("ul").replaceChildren(...items);
  }, { once: true });
  if (data.skipped.length) {
    const place = byId("skipped");
    place.hidden = false;
    place.querySelector("summary").textContent = `${data.skipped.length} ${data.skipped.length === 1 ? "file was" : "files were"} left out`;
    place.querySelector("ul").replaceChildren(...data.skipped.map(([file, reason]) => element("li", {}, reason.includes(file) ? reason : `${file}: ${reason}`)));
  }
  byId("filters").hidden = data.runs.label.length === 1;
}

function listen() {
  for (const [id, name] of [["view", "view"], ["unit", "unit"], ["x", "x"], ["y", "y"], ["color", "color"]]) {
    byId(id).addEventListener("change", (event) => {
      state[name] = event.target.value;
      if (name === "color") for (const one of [...state.hidden]) if (one.startsWith("class ")) state.hidden.delete(one);
      update();
    });
  }
  byId("level").addEventListener("change", (event) => {
    state.level = event.target.value;
    state.run = "";
    update();
  });
  byId("theme").addEventListener("change", (event) => {
    state.theme = event.target.value;
    applyTheme();
    update();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => update());
  byId("csv").addEventListener("click", () => save("wzsim-report.csv", "text/csv", asCsv(grid.table, grid.rows)));
  for (const link of document.querySelectorAll("[data-focus]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      byId(link.dataset.focus).focus();
    });
  }
  addEventListener("hashchange", () => {
    readState();
    applyTheme();
    showFilters();
    update();
  });
  addEventListener("resize", () => drawRows());
  addEventListener("beforeprint", () => {
    for (const part of byId("details").querySelectorAll("details")) part.open = true;
    document.documentElement.dataset.theme = "light"; // as the style sheet for paper has it
    drawChart(visible, update, true);
    drawPictures(true);
    drawRows(true);
  });
  addEventListener("afterprint", () => {
    applyTheme();
    drawChart(visible, update);
    drawPictures();
    drawRows();
  });
}

readState();
applyTheme();
introduce();
makeFilters(() => update());
showFilters();
update();
listen();
listenToChart(choose);
listenToTable(choose);
performance.mark("drawn");
