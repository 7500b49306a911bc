// What the chart shows over what, and in which unit.

const VIEWS = {
  distortion: "distortion over sum rate",
  gap_db: "gap [dB] over sum rate",
  gap_bits: "gap [bit/sample] over sum rate",
  refinement_loss_db: "refinement loss [dB] over sum rate",
};

/** Units of distortion that runs have: dB for all powers. */
const UNITS = [...new Set(data.runs.axis)];

function chosenUnit() {
  return UNITS.includes(state.unit) ? state.unit : UNITS[0];
}

/** How the distortion is drawn: dB, linear or log. */
function scale() {
  const choices = chosenUnit() === "dB" ? ["dB", "linear", "log"] : ["linear", "log"];
  return choices.includes(state.y) ? state.y : choices[0];
}

function viewsOf(table) {
  return Object.keys(VIEWS).filter((name) => name === "distortion" || table.figures[name]?.some((one) => one));
}

function chosenView() {
  return viewsOf(shownTable()).includes(state.view) ? state.view : "distortion";
}

/** The figure on the vertical axis. */
function verticalFigure() {
  if (chosenView() !== "distortion") return chosenView();
  return scale() === "dB" ? "distortion_db" : "distortion";
}

/** A value of a bound, in the unit of its axis, as the axis shows it. */
function ofBound(value) {
  return chosenUnit() === "dB" && scale() !== "dB" ? 10 ** (value / 10) : value;
}

function verticalTitle() {
  const view = chosenView();
  if (view === "gap_db") return "distortion above the bound [dB]";
  if (view === "gap_bits") return "rate above the bound [bit/sample]";
  if (view === "refinement_loss_db") return "refinement loss [dB]";
  if (scale() === "dB") return "distortion D [dB]";
  const units = [...new Set(data.runs.unit.filter((_, run) => data.runs.axis[run] === chosenUnit()))];
  return `distortion D [${units.length === 1 ? units[0] : "own unit"}]`;
}

const isLog = () => ({ x: state.x === "log", y: chosenView() === "distortion" && scale() === "log" });

/** Whether a point can be drawn: nothing at or below zero stands on a logarithmic axis. */
function drawable(x, y) {
  const log = isLog();
  return Number.isFinite(x) && Number.isFinite(y) && !(log.x && x <= 0) && !(log.y && y <= 0);
}

/** A range around values with some air, as plotly wants it. */
function around(values, log, zero) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = log ? [0.1, 1] : [0, 1];
  if (log) [low, high] = [Math.log10(low), Math.log10(high)];
  const air = 0.06 * (high - low) || 0.5;
  return [zero && !log ? 0 : low - air, high + air];
}

function select(id, choices, value) {
  byId(id).replaceChildren(...choices.map(([name, text]) => {
    const option = element("option", {}, text);
    option.value = name;
    return option;
  }));
  byId(id).value = value;
}

/** The controls above the chart as the state has them. */
function showAxes() {
  select("view", viewsOf(shownTable()).map((name) => [name, VIEWS[name]]), chosenView());
  select("unit", UNITS.map((name) => [name, name]), chosenUnit());
  byId("unit-label").hidden = UNITS.length === 1;
  byId("x").value = state.x === "log" ? "log" : "linear";
  const choices = chosenUnit() === "dB" ? ["dB", "linear", "log"] : ["linear", "log"];
  select("y", choices.map((name) => [name, name]), scale());
  byId("y").disabled = chosenView() !== "distortion";
  byId("level-label").hidden = !data.replicates;
  byId("level").value = state.level;
}
