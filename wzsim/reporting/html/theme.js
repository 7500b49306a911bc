// Colours of the page for what the scripts draw.

const probe = element("span", { hidden: "" });
document.body.append(probe);

/** A colour of the style sheet, as the theme has it now. */
function color(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

const PALETTE = ["c0", "c1", "c2", "c3", "c4", "c5"];
const STEPS = ["s0", "s1", "s2", "s3", "s4", "s5"];
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star"];
const DASHES = ["solid", "dash", "dashdot", "longdash"]; // dotted: the bounds are not of its pair

function applyTheme() {
  if (state.theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = state.theme;
  byId("theme").value = state.theme;
}

/** What all charts have in common. */
function plain(more) {
  const axis = {
    color: color("quiet"), gridcolor: color("rule"), zeroline: false, linecolor: color("edge"),
    showline: true, ticks: "outside", ticklen: 4, tickcolor: color("edge"), automargin: true,
    title: { standoff: 8 },
  };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: color("ink") },
    margin: { l: 56, r: 12, t: 12, b: 44 }, hovermode: "closest",
    ...more,
    xaxis: { ...axis, ...more.xaxis },
    yaxis: { ...axis, ...more.yaxis },
  };
}

/** A line with a marker, as the legend shows it. */
function swatch(stroke, dash, symbol) {
  const picture = drawing("svg", { width: 30, height: 12, "aria-hidden": "true" });
  const dashes = { solid: "none", dash: "5 3", dashdot: "6 2 1.5 2", longdash: "9 3", dot: "1.5 2.5" };
  if (dash !== "none") picture.append(drawing("line", {
    x1: 1, x2: 29, y1: 6, y2: 6, stroke, "stroke-width": 1.8, "stroke-dasharray": dashes[dash],
  }));
  const path = MARKS[symbol];
  if (symbol === "square-open") {
    picture.append(drawing("path", { d: MARKS.square, fill: "none", stroke, "stroke-width": 1.3, transform: "translate(15 6)" }));
  } else if (path) picture.append(drawing("path", { d: path, fill: stroke, transform: "translate(15 6)" }));
  return picture;
}

const MARKS = {
  circle: "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", square: "M-3.5 -3.5h7v7h-7z",
  diamond: "M0 -5L5 0L0 5L-5 0z", "triangle-up": "M0 -4.5L4.5 3.5H-4.5z",
  "triangle-down": "M0 4.5L4.5 -3.5H-4.5z", cross: "M-1.5 -4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
  x: "M-4 -2L-2 -4L0 -2L2 -4L4 -2L2 0L4 2L2 4L0 2L-2 4L-4 2L-2 0z",
  star: "M0 -5L1.5 -1.6L5 -1.5L2.2 .7L3.1 4.2L0 2.2L-3.1 4.2L-2.2 .7L-5 -1.5L-1.5 -1.6z",
};
