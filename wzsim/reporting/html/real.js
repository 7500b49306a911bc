// Real bits: a square at the rate that was sent and the distortion after decoding.

const REAL = { distortion: "coded_distortion", distortion_db: "coded_distortion_db", gap_db: "coded_gap_db" };
const REAL_ENTRY = "real bits";

/** The coded stages of these runs, in the view at hand: [{run, stage, x, y, from: [x, y], crossed}]. */
function realPoints(table, runs) {
  const [ideal, coded] = [verticalFigure(), REAL[verticalFigure()]];
  if (!coded || !data.coded.length || state.hidden.has(REAL_ENTRY)) return [];
  const points = [];
  for (const run of runs) {
    for (let stage = 0; stage < stageCount(table, run); stage += 1) {
      const [x, y] = [figure(table, "coded_sum_rate", run, stage), figure(table, coded, run, stage)];
      if (x === null || y === null || !drawable(x, y)) continue;
      const from = [figure(table, "sum_rate", run, stage), figure(table, ideal, run, stage)];
      const crossed = figure(table, "decoded", run, stage) < figure(table, "frames", run, stage);
      points.push({ run, stage, x, y, from: drawable(...from) ? from : [x, y], crossed });
    }
  }
  return points;
}

/** Thin lines from the ideal points, and squares: two traces a class, a third for crossed ones. */
function realTraces(points, classes, printing) {
  const made = new Map();
  const kind = points.length > SVG_POINTS && hasGraphics && !printing ? "scattergl" : "scatter";
  for (const { run, stage, x, y, from, crossed } of points) {
    const of = classes.of[run];
    if (!made.has(of)) {
      const stroke = lookOf(classes, of).color;
      const squares = (symbol) => ({
        type: kind, mode: "markers", x: [], y: [], hoverinfo: "none",
        marker: { color: stroke, size: points.length > SVG_POINTS ? 6 : 10, symbol, line: { width: 1.5 } },
      });
      const line = { type: "scatter", mode: "lines", x: [], y: [], hoverinfo: "skip", connectgaps: false, line: { color: stroke, width: 0.8 } };
      made.set(of, { line, plain: { trace: squares("square-open"), at: [] }, crossed: { trace: squares("square-x-open"), at: [] } });
    }
    const mine = made.get(of);
    mine.line.x.push(from[0], x, null);
    mine.line.y.push(from[1], y, null);
    const { trace, at } = mine[crossed ? "crossed" : "plain"];
    trace.x.push(x);
    trace.y.push(y);
    at.push([run, stage]);
  }
  const [traces, index] = [[], []];
  for (const { line, plain: open, crossed } of made.values()) {
    traces.push(line);
    index.push(null);
    for (const { trace, at } of [open, crossed]) {
      if (!at.length) continue;
      traces.push(trace);
      index.push(at);
    }
  }
  return { traces, index };
}
