// The tip beside a point, by mouse and by the arrow keys; the choice of a run in the chart.

const MOST_KEYS = 14;

/** Lines about a stage of a run: what it is called, its figures, its keys. */
function tipOf(run, stage) {
  const table = shownTable();
  const lines = element("table", {});
  const line = (head, text) => lines.append(element("tr", {}, element("th", {}, head), element("td", {}, text)));
  for (const [name, head, unit] of FIGURES) {
    const text = figureText(table, name, run, stage);
    if (text) line(head, `${text} ${unit ?? table.unit[run]}`);
  }
  const keys = data.keys.map((key, place) => [key, place])
    .filter(([key, place]) => table.keys[place][run] !== key.absent)
    .filter(([key]) => table === data.runs || !data.identities.includes(key.path));
  for (const [key, place] of keys.slice(0, MOST_KEYS)) line(key.short, keyText(table, place, run));
  if (keys.length > MOST_KEYS) line("", `and ${keys.length - MOST_KEYS} more keys`);
  for (const flag of table.flags[run]) line("flag", flag);
  if (table.status[run] !== "complete") line("status", table.status[run]);
  if (table.members[run].length > 1) line("replicates", `${table.members[run].length}`);
  const count = stageCount(table, run);
  const head = count > 1 ? `${table.label[run]}, stage ${stage + 1} of ${count}` : table.label[run];
  return [element("strong", {}, head), lines];
}

function showTip(content, x, y) {
  const tip = byId("tip");
  tip.replaceChildren(...content);
  tip.hidden = false;
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const left = x + 16 + width > innerWidth ? x - 16 - width : x + 16;
  tip.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 16, innerHeight - height - 4))}px`;
}

function hideTip() {
  byId("tip").hidden = true;
}

/** Where a point of the chart lies on the screen. */
function placeOf(point) {
  const target = byId("chart");
  const { xaxis, yaxis } = target._fullLayout;
  const box = target.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.d2p(point.x), box.top + yaxis._offset + yaxis.d2p(point.y)];
}

function listenToChart(choose) {
  const target = byId("chart");
  let here = -1;
  target.on("plotly_hover", (event) => {
    const { curveNumber, pointNumber, x, y } = event.points[0];
    const at = chart.index[curveNumber]?.[pointNumber];
    const content = at ? tipOf(...at) : boundTip(curveNumber, x, y);
    if (content) showTip(content, event.event.clientX, event.event.clientY);
  });
  target.on("plotly_unhover", hideTip);
  target.on("plotly_click", (event) => {
    const { curveNumber, pointNumber } = event.points[0];
    const at = chart.index[curveNumber]?.[pointNumber];
    if (at) choose(at[0]);
  });
  target.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const count = chart.points.length;
    if (step && count) {
      here = here < 0 || here >= count ? (step > 0 ? 0 : count - 1) : (here + step + count) % count;
      const point = chart.points[here];
      const content = tipOf(point.run, point.stage);
      showTip(content, ...placeOf(point));
      byId("said").textContent = content.map((one) => one.innerText).join("; ");
    } else if (event.key === "Enter" && chart.points[here]) choose(chart.points[here].run);
    else if (event.key === "Escape") hideTip();
    else return;
    event.preventDefault();
  });
  target.addEventListener("blur", hideTip);
}

function boundTip(curve, x, y) {
  const title = chart.titles[curve];
  if (!title) return null;
  const lines = element("table", {},
    element("tr", {}, element("th", {}, "rate"), element("td", {}, `${x.toPrecision(4)} bit/sample`)),
    element("tr", {}, element("th", {}, verticalTitle()), element("td", {}, y.toPrecision(5))));
  return [element("strong", {}, title), lines];
}
