// What the page holds: `data` of all runs, and the details of one, unpacked when it is asked for.

const data = JSON.parse(byId("data").textContent);

for (const table of [data.runs, data.replicates]) {
  for (const figures of [table?.figures, table?.errors, table?.lower, table?.upper]) {
    for (const column of Object.values(figures ?? {})) {
      for (const stages of column) stages?.forEach((value, k) => (stages[k] = asNumber(value)));
    }
  }
}
for (const bound of data.bounds) {
  for (const values of [bound.lower, bound.upper]) {
    values?.forEach((value, place) => (values[place] = asNumber(value)));
  }
}

/** JSON has no NaN and no infinity: they come as texts. */
function asNumber(value) {
  return typeof value === "string" ? Number(value.replace("inf", "Infinity")) : value;
}

const FIGURES = data.columns.filter(([name]) =>
  [data.runs, data.replicates].some((table) => table?.figures[name]?.some((one) => one)),
);

/** A figure of a stage, from 0; null where the run has none. */
function figure(table, name, run, stage) {
  return table.figures[name]?.[run]?.[stage] ?? null;
}

function standardError(table, name, run, stage) {
  return table.errors?.[name]?.[run]?.[stage] ?? null;
}

function stageCount(table, run) {
  return table.figures.sum_rate[run].length;
}

/** The text of a run's value of a key, by the key's place. */
function keyText(table, key, run) {
  return data.keys[key].texts[table.keys[key][run]];
}

/** What a table or a tip writes for a figure: with its standard error, or between its quartiles. */
function figureText(table, name, run, stage) {
  const value = figure(table, name, run, stage);
  if (value === null || Number.isNaN(value)) return "";
  const lower = table.lower?.[name]?.[run]?.[stage];
  if (lower === undefined || table.members[run].length < 2) {
    return withError(value, standardError(table, name, run, stage));
  }
  const upper = table.upper[name][run][stage];
  const spread = Math.max(upper - lower, Math.abs(value) * 1e-6);
  const [low, middle, high] = [lower, value, upper].map((one) => rounded(one, spread)[0]);
  return `${middle} (${low} to ${high})`;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** All that is known of one run. */
async function detailsOf(run) {
  if (document.readyState === "loading") {
    await new Promise((done) => document.addEventListener("DOMContentLoaded", done));
  }
  const stream = new Blob([bytesOf(byId(`run-${run}`).textContent)]).stream();
  const text = await new Response(stream.pipeThrough(new DecompressionStream("gzip"))).text();
  return JSON.parse(text);
}

/** A curve as `pictures.py` packs it. */
function unpacked(curve) {
  let level = 0;
  return curve.d.map((delta) => (delta === null ? null : curve.start + curve.step * (level += delta)));
}
