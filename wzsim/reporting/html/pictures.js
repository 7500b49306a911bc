// Pictures of one run: training, bins and reconstructions.

const SMALL = { responsive: true, displayModeBar: false };
const drawn = []; // charts of the selected run, to be taken down with it
let pictured = null; // the details of the selected run, and the places of its pictures
let waiting = []; // charts that have a place but are not drawn: widths are known when all have one

/** A chart in a figure; the caption is text and elements. */
function picture(place, traces, layout, caption, classes = "") {
  const target = element("div", { class: `plot ${classes.includes("tall") ? "tall" : ""}`, role: "img" });
  const about = element("figcaption", {}, ...caption);
  place.append(element("figure", { class: classes }, target, about));
  target.setAttribute("aria-label", about.textContent);
  const common = { margin: { l: 52, r: 8, t: 8, b: 38 }, dragmode: false };
  waiting.push([target, traces, plain({ ...common, ...layout })]);
}

/** Draw what the selected run has, as wide as its places are, or as a page allows. */
function drawPictures(printing = false) {
  clearPictures();
  if (!pictured?.found) return;
  const { found, charts } = pictured;
  for (const place of charts) place.replaceChildren();
  if (found.binning) drawBinning(charts[0], found.binning);
  if (found.reconstruction) drawReconstruction(charts[1], found.reconstruction);
  if (found.training) drawTraining(charts[2], found.training);
  for (const [target, traces, layout] of waiting) {
    const wide = target.parentElement.classList.contains("wide");
    if (printing) Object.assign(layout, { width: wide ? 680 : 330, height: wide ? 330 : 230 });
    Plotly.newPlot(target, traces, layout, SMALL);
    drawn.push(target);
  }
  waiting = [];
}

function clearPictures() {
  while (drawn.length) Plotly.purge(drawn.pop());
}

function axis(text, more = {}) {
  return { title: { text: escapeMarkup(text) }, ...more };
}

function entry(name, look) {
  return element("span", {}, swatch(look.color, look.dash, look.symbol), name);
}

function drawTraining(place, training) {
  const kind = training.relaxed ? ", of relaxed messages, for which no bound holds" : "";
  const epoch = axis("epoch");
  const one = training.epoch.length === 1 ? "markers" : "lines";
  const line = (y, look, name) => ({ x: training.epoch, y, mode: one, name, line: { color: look.color, dash: look.dash, width: 1.5 } });
  const ink = { color: color("ink"), dash: "solid" };
  picture(place, [line(unpacked(training.loss), ink, "loss")], { xaxis: epoch, yaxis: axis("loss [nat]") }, ["Loss by epoch"]);
  for (const [name, curves, unit] of [["rate", training.rate, "bit/sample"], ["distortion", training.distortion, training.unit]]) {
    const looks = curves.map((_, stage) => ({ color: color(PALETTE[stage % PALETTE.length]), dash: DASHES[stage % DASHES.length] }));
    const traces = curves.map((curve, stage) => line(unpacked(curve), looks[stage], `stage ${stage + 1}`));
    picture(place, traces, { xaxis: epoch, yaxis: axis(`stage ${name} [${unit}]`) },
      [`Stage ${name} by epoch${kind}`, names(looks.map((look, stage) => entry(`stage ${stage + 1}`, look)))]);
  }
  const dashed = { color: color("quiet"), dash: "dash" };
  const traces = [line(training.learning_rate, dashed, "learning rate")];
  const entries = [entry("learning rate", dashed)];
  if (training.temperature) {
    traces.unshift(line(training.temperature, ink, "temperature"));
    entries.unshift(entry("temperature", ink));
  }
  picture(place, traces, { xaxis: epoch, yaxis: { type: "log" } }, ["Schedules", names(entries)]);
}

function names(entries) {
  return element("div", { class: "names" }, ...entries);
}

/** Colours for values in an order, between those of the style sheet. */
function ramp(count, through = STEPS) {
  const ends = through.map((name) => color(name).match(/[\d.]+/g).slice(0, 3).map(Number));
  return Array.from({ length: count }, (_, number) => {
    const at = count === 1 ? 0 : (number / (count - 1)) * (ends.length - 1);
    const [low, share] = [Math.min(Math.floor(at), ends.length - 2), at - Math.min(Math.floor(at), ends.length - 2)];
    return `rgb(${ends[low].map((one, place) => Math.round(one + share * (ends[low + 1][place] - one))).join(",")})`;
  });
}

function drawBinning(place, binning) {
  const stages = binning.stages.map((strip, stage) => {
    const colors = ramp(1 + Math.max(1, ...strip.values), ["f0", "f1"]);
    const name = `m<sub>${stage + 1}</sub>`;
    return {
      type: "bar", orientation: "h", yaxis: "y2", width: 0.8, hovertemplate: `m<sub>${stage + 1}</sub> = %{customdata}<extra></extra>`,
      base: strip.edges.slice(0, -1), x: strip.values.map((_, at) => strip.edges[at + 1] - strip.edges[at]),
      y: strip.values.map(() => name), customdata: strip.values,
      marker: { color: strip.values.map((value) => colors[value]), line: { width: 0 } },
      text: strip.values.map((value) => (strip.values.length <= 40 ? String(value) : "")),
      textposition: "inside", insidetextanchor: "middle", textangle: 0, constraintext: "inside",
    };
  });
  const { edges, values } = binning.message;
  const [x, y] = [[], []];
  values.forEach((value, at) => {
    x.push(edges[at], edges[at + 1], null);
    y.push(value, value, null);
  });
  const index = { x, y, mode: "lines", line: { color: color("ink"), width: 2 }, hovertemplate: "x %{x:.4g}, message %{y}<extra></extra>" };
  const share = Math.min(0.6, 0.12 + 0.09 * stages.length);
  picture(place, [index, ...stages], {
    barmode: "overlay", xaxis: axis(`source x [${binning.unit}]`, { range: [edges[0], edges.at(-1)], showgrid: false }),
    yaxis: axis("message index", { domain: [0, 0.95 - share] }),
    yaxis2: { domain: [1 - share, 1], autorange: "reversed", color: color("quiet"), showgrid: false, zeroline: false, fixedrange: true },
  }, ["The encoder: the symbol of each stage (the stronger the colour, the larger, with its number where there is room) and the whole message by x"], "wide tall");
}

function drawReconstruction(place, reconstruction) {
  const { y: side, stages, unit } = reconstruction;
  stages.forEach((stage, number) => {
    const colors = ramp(stage.names.length);
    const traces = [{ x: side, y: side, mode: "lines", hoverinfo: "skip", line: { color: color("edge"), width: 0.8 } }];
    const entries = [];
    stage.curves.forEach((curve, prefix) => {
      const dash = BOUND_DASHES[(prefix % stage.size) % BOUND_DASHES.length];
      const used = stage.used[prefix];
      const look = { color: used ? colors[prefix] : color("rule"), dash };
      traces.push({
        x: side, y: unpacked(curve), mode: "lines", name: stage.names[prefix], line: { ...look, width: used ? 1.5 : 0.8 },
        hovertemplate: `${stage.names[prefix]}: y %{x:.4g}, x\u0302 %{y:.4g}<extra></extra>`,
      });
      if (used) entries.push(entry(stage.names[prefix], look));
    });
    const shown = entries.length <= 16 ? entries : [entries[0], element("span", {}, "\u2026"), entries.at(-1)];
    const what = `Stage ${number + 1}: reconstruction by y for each message prefix${number ? ` m\u2081 \u2026 m${subscript(number + 1)}` : " m\u2081"}; grey: x\u0302 = y, and prefixes that no x has`;
    picture(place, traces, { xaxis: axis(`side information y [${unit}]`), yaxis: axis(`x\u0302 [${unit}]`) }, [what, names(shown)], "recon");
  });
}

function subscript(number) {
  return [...String(number)].map((digit) => String.fromCharCode(0x2080 + Number(digit))).join("");
}
