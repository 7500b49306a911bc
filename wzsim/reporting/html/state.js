// What the reader has chosen. It stands in the address after `#`, so that a view can be kept.

const DEFAULTS = {
  view: "distortion", unit: "", x: "linear", y: "", color: "", level: "runs",
  theme: "auto", search: "", sort: "", descending: "", run: "",
};

const state = {
  ...DEFAULTS,
  values: new Map(), // key path -> Set of texts that are shown
  ranges: new Map(), // key path -> [least, most]; null for no limit
  hidden: new Set(), // entries of the legend
};

let written = ""; // the fragment as it was read or written last

function readState() {
  written = location.hash;
  Object.assign(state, DEFAULTS);
  for (const part of [state.values, state.ranges, state.hidden]) part.clear();
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const [kind, path] = [name.slice(0, 2), name.slice(2)];
    if (Object.hasOwn(DEFAULTS, name)) state[name] = value;
    else if (name === "hide") state.hidden.add(value);
    else if (kind === "v.") state.values.set(path, (state.values.get(path) ?? new Set()).add(value));
    else if (kind === "r.") {
      const [least, most] = value.split("..");
      state.ranges.set(path, [limit(least), limit(most)]);
    }
  }
  if (!["runs", "replicates"].includes(state.level) || !data.replicates) state.level = "runs";
}

function limit(text) {
  return text === undefined || text.trim() === "" || Number.isNaN(Number(text)) ? null : Number(text);
}

function writeState() {
  if (location.hash !== written) return; // the reader has just changed it, and `hashchange` follows
  const words = new URLSearchParams();
  for (const name of Object.keys(DEFAULTS)) {
    if (state[name] !== DEFAULTS[name]) words.set(name, state[name]);
  }
  for (const [path, texts] of state.values) for (const text of texts) words.append(`v.${path}`, text);
  for (const [path, [least, most]] of state.ranges) words.set(`r.${path}`, `${least ?? ""}..${most ?? ""}`);
  for (const entry of state.hidden) words.append("hide", entry);
  history.replaceState(null, "", `#${words}`);
  written = location.hash;
}

/** The table that is shown: single runs, or medians of replicates. */
function shownTable() {
  return state.level === "replicates" ? data.replicates : data.runs;
}
