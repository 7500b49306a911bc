// The large chart: a line through the stages of each run, merged into a trace a class; the bounds.

const SVG_POINTS = 1500; // of more points than this, the markers are drawn by the graphics card
const ERROR_RUNS = 150; // fewer runs than this show their standard errors
const chart = { index: [], points: [] }; // of each trace: the run and stage of its points

const hasGraphics = (() => {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") ?? canvas.getContext("webgl"));
})();

/** Draw the runs; `printing` uses what any printer can show. */
function drawChart(runs, changed, printing = false) {
  const table = shownTable();
  const classes = classesOf(table);
  const unit = chosenUnit();
  const mine = runs.filter((run) => table.axis[run] === unit);
  const counts = new Array(classes.names.length).fill(0);
  for (const run of mine) counts[classes.of[run]] += 1;
  const hidden = classes.names.map((name) => state.hidden.has(`class ${name}`));
  const shown = mine.filter((run) => !hidden[classes.of[run]]);
  const pairs = new Set(mine.map((run) => table.pair[run]));
  const bounds = data.bounds.filter((bound) => bound.axis === unit && bound.pairs.some((pair) => pairs.has(pair)));
  const { traces, index, points } = runTraces(table, shown, classes, printing);
  const sent = realPoints(table, shown);
  const real = realTraces(sent, classes, printing);
  const placed = [...points, ...sent];
  const view = chosenView();
  const right = 1.1 * Math.max(0.25 / 1.1, ...chunked(placed.map((point) => point.x)));
  const over = view === "distortion" ? boundTraces(bounds, right) : zeroTrace(right);
  const chosen = chosenTrace(table);
  const all = [...traces, ...real.traces, ...over, ...chosen.map(({ trace }) => trace)]; // bounds above thousands of runs
  chart.index = [...index, ...real.index, ...over.map(() => null), ...chosen.map(({ at }) => at)];
  chart.points = points;
  chart.titles = all.map((trace) => trace.boundTitle);
  const log = isLog();
  const levels = placed.map((point) => point.y);
  for (const trace of over) for (const value of trace.y) if (value !== null) levels.push(value);
  const layout = plain({
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    uirevision: [view, unit, state.x, state.y, state.level].join(" "),
    hoverdistance: 12,
    xaxis: {
      title: { text: "sum rate R<sub>1</sub> + \u2026 + R<sub>k</sub> [bit/sample]" },
      type: log.x ? "log" : "linear",
      range: log.x ? around(placed.map((point) => point.x), true) : [0, right],
    },
    yaxis: { title: { text: escapeMarkup(verticalTitle()) }, type: log.y ? "log" : "linear", range: around(levels, log.y) },
  });
  Object.assign(layout, printing ? PAPER : { autosize: true });
  Plotly.react(byId("chart"), all, layout, CONFIG);
  drawLegend(classes, counts, view === "distortion" ? [...new Set(bounds.map((bound) => bound.title))] : [], changed);
  drawNote(table, mine, points, bounds, sent);
}

const PAPER = { width: 680, height: 400 }; // the chart on a page, in pixels

const CONFIG = {
  responsive: true, displaylogo: false, doubleClick: "reset",
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  toImageButtonOptions: { format: "svg", filename: "wzsim-report" },
};

/** plotly.js reads some markup in texts, of which units and titles have none. */
function escapeMarkup(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The largest values of pieces: a call takes only so many arguments. */
function chunked(values) {
  const largest = [];
  for (let at = 0; at < values.length; at += 10000) largest.push(Math.max(...values.slice(at, at + 10000)));
  return largest;
}

/** A trace for each class and each way of drawing it; beyond `SVG_POINTS` two, of lines and of points. */
function runTraces(table, runs, classes, printing) {
  const made = new Map();
  const points = [];
  const name = verticalFigure();
  const errors = runs.length < ERROR_RUNS;
  for (const run of runs) {
    const dotted = !table.bounded[run] && data.bounds.length > 0;
    const hollow = table.status[run] !== "complete" || table.flags[run].length > 0;
    const id = classes.of[run] * 4 + dotted * 2 + hollow;
    if (!made.has(id)) made.set(id, emptyTrace(lookOf(classes, classes.of[run]), dotted, hollow));
    const { trace, at } = made.get(id);
    for (let stage = 0; stage < stageCount(table, run); stage += 1) {
      const [x, y] = [figure(table, "sum_rate", run, stage), figure(table, name, run, stage)];
      if (x === null || y === null || !drawable(x, y)) continue;
      trace.x.push(x);
      trace.y.push(y);
      at.push([run, stage]);
      points.push({ run, stage, x, y });
      if (errors) for (const [axis, key] of [["error_x", "sum_rate"], ["error_y", name]]) {
        const [below, above] = spreadOf(table, key, run, stage);
        trace[axis].arrayminus.push(below);
        trace[axis].array.push(above);
      }
    }
    trace.x.push(null);
    trace.y.push(null);
    at.push(null);
    if (errors) for (const axis of ["error_x", "error_y"]) {
      trace[axis].array.push(0);
      trace[axis].arrayminus.push(0);
    }
  }
  const many = points.length > SVG_POINTS;
  const traces = [];
  const index = [];
  for (const { trace, at } of made.values()) {
    if (!errors) delete trace.error_x, delete trace.error_y;
    trace.type = "scatter";
    if (many) {
      trace.line.width = 0.8;
      trace.marker.size = 5;
      // Lines stay vectors: without a graphics card, thousands of them take seconds in WebGL.
      traces.push({ ...trace, mode: "lines", hoverinfo: "skip", opacity: 0.3 });
      index.push(null);
      Object.assign(trace, { mode: "markers", type: hasGraphics && !printing ? "scattergl" : "scatter" });
    }
    traces.push(trace);
    index.push(at);
  }
  return { traces, index, points };
}

/** How far to draw below and above a figure: its standard error, or the quartiles of replicates. */
function spreadOf(table, name, run, stage) {
  const lower = table.lower?.[name]?.[run]?.[stage];
  if (lower === undefined) {
    const error = standardError(table, name, run, stage) ?? 0;
    return Number.isFinite(error) ? [error, error] : [0, 0];
  }
  const middle = figure(table, name, run, stage);
  return [middle - lower, table.upper[name][run][stage] - middle].map((one) => (Number.isFinite(one) ? one : 0));
}

function emptyTrace(look, dotted, hollow) {
  const bars = () => ({
    type: "data", symmetric: false, array: [], arrayminus: [], thickness: 1, width: 3, color: look.color,
  });
  const trace = {
    mode: "lines+markers", x: [], y: [], hoverinfo: "none", connectgaps: false,
    line: { color: look.color, width: 1.5, dash: dotted ? "dot" : look.dash },
    // One symbol a trace: thousands of points with a symbol each are slow.
    marker: { color: look.color, size: 8, symbol: look.symbol + (hollow ? "-open" : "") },
    error_x: bars(), error_y: bars(),
  };
  return { trace, at: [] };
}

/** The selected run once more, on top of all others. */
function chosenTrace(table) {
  const [run, name] = [chosenRun(), verticalFigure()];
  if (run === null || table.axis[run] !== chosenUnit()) return [];
  const trace = {
    type: "scatter", mode: "lines+markers", x: [], y: [], hoverinfo: "none",
    line: { color: color("ink"), width: 3 },
    marker: { color: color("paper"), size: 11, symbol: "circle", line: { width: 3, color: color("ink") } },
  };
  const at = [];
  for (let stage = 0; stage < stageCount(table, run); stage += 1) {
    const [x, y] = [figure(table, "sum_rate", run, stage), figure(table, name, run, stage)];
    if (y === null || !drawable(x, y)) continue;
    trace.x.push(x);
    trace.y.push(y);
    at.push([run, stage]);
  }
  return [{ trace, at }];
}

/** A smooth line for each bound, grey between the ends of an interval. */
function boundTraces(bounds, right) {
  const traces = [];
  const [run, table] = [chosenRun(), shownTable()];
  for (const bound of bounds) {
    if (state.hidden.has(`bound ${bound.title}`)) continue;
    const look = lookOfBound(bound.title);
    const common = { type: "scatter", mode: "lines", hoverinfo: "none", boundTitle: boundName(bound, bounds) };
    if (run !== null && !bound.pairs.includes(table.pair[run])) common.opacity = 0.25;
    const lower = cut(bound.rate, bound.lower, right);
    if (bound.upper) {
      const upper = cut(bound.rate, bound.upper, right);
      traces.push({ ...common, ...upper, line: { width: 0 } });
      traces.push({ ...common, ...lower, line: { width: 0 }, fill: "tonexty", fillcolor: color("band") });
    }
    traces.push({ ...common, ...lower, line: { color: look.color, dash: look.dash, width: 1.8 } });
  }
  return traces;
}

function boundName(bound, bounds) {
  const several = bounds.filter((other) => other.title === bound.title).length > 1;
  return several && bound.pair ? `${bound.title} (${bound.pair})` : bound.title;
}

/** A bound up to the end of the axis. */
function cut(rate, level, right) {
  const [x, y] = [[], []];
  for (let place = 0; place < rate.length; place += 1) {
    if (rate[place] > right) {
      const share = (right - rate[place - 1]) / (rate[place] - rate[place - 1]);
      x.push(right);
      y.push(ofBound(level[place - 1] + share * (level[place] - level[place - 1])));
      break;
    }
    x.push(rate[place]);
    y.push(ofBound(level[place]));
  }
  const keep = x.map((one, place) => drawable(one, y[place]));
  return { x: x.filter((_, place) => keep[place]), y: y.filter((_, place) => keep[place]) };
}

/** Where the bound lies in a chart of gaps. */
function zeroTrace(right) {
  const trace = { type: "scatter", mode: "lines", hoverinfo: "none", boundTitle: "the bound" };
  const least = isLog().x ? right / 1e4 : 0;
  return [{ ...trace, x: [least, right], y: [0, 0], line: { color: color("ink"), width: 1.8 } }];
}

function drawNote(table, runs, points, bounds, sent) {
  const notes = [];
  if (sent.length) notes.push("Squares: at the rate that was sent, with the distortion after real decoding.");
  const asked = sent.reduce((sum, { run, stage }) => sum + (figure(table, "requests", run, stage) ?? 0), 0);
  if (asked) notes.push(`With feedback: decoders asked ${asked} times for more.`);
  if (sent.some((point) => point.crossed)) notes.push("Crossed: of decoded frames alone, for which no bound holds.");
  const pairs = new Set(runs.map((run) => table.pair[run]));
  if (runs.some((run) => !table.bounded[run]) && bounds.length) notes.push("Dotted lines: the bounds are not of their pair.");
  if (pairs.size > 1) notes.push(`The runs shown were measured with ${pairs.size} pairs (X, Y) or distortions; a bound holds for its own pair only.`);
  if (runs.some((run) => table.status[run] !== "complete" || table.flags[run].length)) notes.push("Hollow markers: failed, or with a flag.");
  const all = runs.reduce((sum, run) => sum + stageCount(table, run), 0);
  const hidden = all - points.length;
  if (hidden > 0) notes.push(`${hidden} of ${all} points are not drawn: hidden, without this figure, or without a place on a logarithmic axis.`);
  byId("chart-note").textContent = notes.join(" ");
}
