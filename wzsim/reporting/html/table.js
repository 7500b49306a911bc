// The table: only the rows in sight are elements, so that thousands of runs stay fluid.

const ROW = 29; // height of a row, in pixels: as the style sheet has it
const TALLEST = 640; // the height of the box with all rows that fit into it
const AROUND = 12; // rows ready above and below those in sight
const WIDEST = 30; // of a column, in digits: longer texts are cut, and whole in their title
const PRINTED = 1000; // rows that go on paper
const grid = { table: null, rows: [], columns: [], here: 0, first: -1, last: -1 };

function drawTable(runs, changed) {
  const table = shownTable();
  Object.assign(grid, { table, columns: columnsOf(table), rows: sortedRows(table, runs), first: -1, last: -1 });
  grid.here = Math.min(grid.here, Math.max(0, grid.rows.length - 1));
  const box = byId("grid");
  box.setAttribute("aria-rowcount", grid.rows.length + 1);
  box.setAttribute("aria-colcount", grid.columns.length);
  drawHeads(changed);
  drawRows();
  byId("rows").textContent = `${grid.rows.length} of ${stagesOf(table)} stages`;
}

function stagesOf(table) {
  return table.label.reduce((sum, _, run) => sum + stageCount(table, run), 0);
}

function drawHeads(changed) {
  const widths = grid.columns.map((column) => {
    const every = Math.ceil(grid.rows.length / 300);
    const texts = grid.rows.filter((_, place) => place % every === 0).map((row) => cellText(column, grid.table, ...row).length);
    return Math.min(WIDEST, 0.9 * Math.max(0.75 * column.head.length + 3, 5, ...texts)) + 2;
  });
  byId("grid").querySelector("table").style.width = `${widths.reduce((sum, width) => sum + width)}ch`;
  byId("grid").querySelector("colgroup").replaceChildren(...widths.map((width) => {
    const column = element("col");
    column.style.width = `${width}ch`;
    return column;
  }));
  const heads = grid.columns.map((column, place) => {
    const sorted = state.sort === column.id ? (state.descending ? "descending" : "ascending") : "none";
    const button = element("button", { type: "button" }, column.head, { ascending: " \u25b2", descending: " \u25bc", none: "" }[sorted]);
    if (column.unit) button.append(element("small", {}, column.unit));
    button.addEventListener("click", () => {
      state.descending = state.sort === column.id && !state.descending ? "yes" : "";
      state.sort = column.id;
      grid.here = 0;
      byId("grid").scrollTop = 0;
      changed();
      byId("grid").querySelectorAll("th button")[place].focus();
    });
    const head = element("th", { role: "columnheader", scope: "col", "aria-sort": sorted, "aria-colindex": place + 1 }, button);
    head.className = classesOfCell(column);
    if (column.id !== column.head) head.title = column.id;
    return head;
  });
  byId("grid").querySelector("thead").replaceChildren(element("tr", { role: "row", "aria-rowindex": 1 }, ...heads));
}

/** Keys stand in the label of a run: paper leaves their columns out. */
function classesOfCell(column) {
  return [column.text ? "text" : "", column.beside ? "screen" : ""].join(" ").trim();
}

/** The rows in sight, between two empty ones that are as high as all others. */
function drawRows(all = false) {
  const box = byId("grid");
  const height = Math.max(box.clientHeight, TALLEST); // an empty box has no height yet
  let first = Math.max(0, Math.floor(box.scrollTop / ROW) - AROUND);
  let last = Math.min(grid.rows.length, Math.ceil((box.scrollTop + height) / ROW) + AROUND);
  if (all) [first, last] = [0, Math.min(grid.rows.length, PRINTED)];
  if (first === grid.first && last === grid.last) return;
  Object.assign(grid, { first, last });
  const rows = [];
  for (let place = first; place < last; place += 1) rows.push(rowOf(place));
  const rest = all ? 0 : grid.rows.length - last;
  box.querySelector("tbody").replaceChildren(space(all ? 0 : first), ...rows, space(rest));
  markRows();
}

function space(rows) {
  const cell = element("td", { colspan: grid.columns.length });
  cell.style.height = `${rows * ROW}px`;
  const row = element("tr", { class: "space", "aria-hidden": "true" }, cell);
  row.hidden = rows === 0;
  return row;
}

function rowOf(place) {
  const [run, stage] = grid.rows[place];
  const cells = grid.columns.map((column, number) => {
    const text = cellText(column, grid.table, run, stage);
    const cell = element("td", { role: "gridcell", "aria-colindex": number + 1 });
    const [value, error] = column.figure ? text.split(" \u00b1 ") : [text];
    cell.append(value);
    if (error) cell.append(element("i", {}, ` \u00b1 ${error}`));
    cell.className = classesOfCell(column);
    if (column.text && text.length > 20) cell.title = text;
    return cell;
  });
  const row = element("tr", { role: "row", id: `row-${place}`, "aria-rowindex": place + 2 }, ...cells);
  row.dataset.place = place;
  return row;
}

/** Which row the keys are at, and which belong to the selected run. */
function markRows() {
  const chosen = chosenRun();
  for (const row of byId("grid").querySelectorAll("tbody tr[id]")) {
    const place = Number(row.dataset.place);
    row.classList.toggle("here", place === grid.here);
    const selected = grid.rows[place][0] === chosen;
    row.classList.toggle("chosen", selected);
    row.setAttribute("aria-selected", selected);
  }
  if (grid.rows.length) byId("grid").setAttribute("aria-activedescendant", `row-${grid.here}`);
}

function listenToTable(choose) {
  const box = byId("grid");
  let waiting = false;
  box.addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(() => ((waiting = false), drawRows()));
    waiting = true;
  });
  box.addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr[id]");
    if (!row) return;
    grid.here = Number(row.dataset.place);
    choose(grid.rows[grid.here][0]);
  });
  box.addEventListener("keydown", (event) => {
    if (event.target !== box || !grid.rows.length) return;
    const page = Math.max(1, Math.floor(box.clientHeight / ROW) - 3);
    const last = grid.rows.length - 1;
    const steps = { ArrowDown: grid.here + 1, ArrowUp: grid.here - 1, PageDown: grid.here + page, PageUp: grid.here - page, Home: 0, End: last };
    if (event.key in steps) {
      grid.here = Math.max(0, Math.min(last, steps[event.key]));
      const top = grid.here * ROW;
      const head = box.querySelector("thead").offsetHeight;
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top + ROW + head > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW + head - box.clientHeight;
      drawRows();
      markRows();
    } else if (event.key === "Enter" || event.key === " ") choose(grid.rows[grid.here][0]);
    else return;
    event.preventDefault();
  });
}
