// Classes of runs by the values of a key, each with its colour, marker and dashes; the legend.

const MOST_CLASSES = 24; // more values than this share the last class
const NAMED = 8; // numeric values beyond which classes are intervals

/** Keys that runs can be coloured by: [path, text]. */
function colorings() {
  const keys = data.keys.filter((key) => !data.identities.includes(key.path) || key.texts.length <= MOST_CLASSES);
  return [["run", "each run"], ...keys.map((key) => [key.path, key.short]), ["none", "nothing"]];
}

/** The key of the state; of its own accord the first that tells a few groups apart. */
function chosenColoring() {
  if (colorings().some(([path]) => path === state.color)) return state.color;
  if (data.runs.label.length <= 8) return "run";
  const telling = data.keys.find((key) => key.texts.length <= NAMED && !data.identities.includes(key.path));
  return telling?.path ?? "none";
}

/** {names, of: number of the class by run, strokes}: the classes of all runs of a table. */
function classesOf(table) {
  const path = chosenColoring();
  const place = data.keys.findIndex((key) => key.path === path);
  if (path === "run") return capped(table.label, table.label.map((_, run) => run));
  if (place < 0) return { names: ["all runs"], of: table.label.map(() => 0), steps: false };
  const [key, column] = [data.keys[place], table.keys[place]];
  if (key.numbers && key.texts.length > NAMED) return intervals(key, column);
  return capped(key.texts, column);
}

function capped(names, of) {
  if (names.length <= MOST_CLASSES) return { names, of, steps: false };
  const last = MOST_CLASSES - 1;
  return {
    names: [...names.slice(0, last), `${names.length - last} others`],
    of: of.map((one) => Math.min(one, last)),
    steps: false,
  };
}

/** A class for each sixth of the values. */
function intervals(key, column) {
  const known = key.texts.map((_, value) => value).filter((value) => key.numbers[value] !== null);
  const size = Math.ceil(known.length / STEPS.length);
  const names = [];
  for (let first = 0; first < known.length; first += size) {
    const end = Math.min(first + size, known.length) - 1;
    names.push(`${key.texts[known[first]]} to ${key.texts[known[end]]}`);
  }
  const absent = known.length < key.texts.length;
  if (absent) names.push("absent");
  return { names, of: column.map((value) => Math.min(Math.floor(value / size), names.length - 1)), steps: true };
}

/** How a class is drawn. */
function lookOf(classes, number) {
  const colors = classes.steps ? STEPS : PALETTE;
  return {
    color: color(colors[number % colors.length]),
    symbol: SYMBOLS[number % SYMBOLS.length],
    dash: DASHES[Math.floor(number / (classes.steps ? STEPS : PALETTE).length) % DASHES.length],
  };
}

const BOUND_DASHES = ["solid", "dash", "dot", "dashdot"];

/** Titles of bounds, the one that figures are about first. */
const BOUND_TITLES = [...new Set(data.bounds.map((bound) => bound.title))]
  .sort((one, two) => two.startsWith("Wyner-Ziv") - one.startsWith("Wyner-Ziv"));

function lookOfBound(title) {
  const number = BOUND_TITLES.indexOf(title);
  return { color: color(number === 0 ? "ink" : "quiet"), dash: BOUND_DASHES[number % BOUND_DASHES.length] };
}

/** Entries that hide what they name when they are pressed. */
function drawLegend(classes, counts, titles, changed) {
  const entries = [];
  const add = (id, name, look, count) => {
    const button = element("button", { type: "button", "aria-pressed": state.hidden.has(id) },
      swatch(look.color, look.dash, look.symbol), element("span", {}, name));
    if (count !== undefined) button.append(element("span", { class: "quiet" }, `${count}`));
    button.dataset.entry = id;
    button.addEventListener("click", () => {
      if (!state.hidden.delete(id)) state.hidden.add(id);
      changed();
      for (const one of byId("legend").children) if (one.dataset.entry === id) one.focus();
    });
    entries.push(button);
  };
  classes.names.forEach((name, number) => {
    if (counts[number]) add(`class ${name}`, name, lookOf(classes, number), counts[number]);
  });
  if (data.coded.length && REAL[verticalFigure()]) {
    add(REAL_ENTRY, REAL_ENTRY, { color: color("quiet"), dash: "none", symbol: "square-open" });
  }
  for (const title of titles) add(`bound ${title}`, title, lookOfBound(title));
  byId("legend").replaceChildren(...entries);
}
