// The columns of the table, the order of its rows, and the rows as CSV.

const OWN_UNIT = new Set(data.runs.unit).size === 1 ? data.runs.unit[0] : "own unit";

const COLUMNS = [
  { id: "label", head: "run", text: true, of: (table, run) => table.label[run] },
  { id: "stage", head: "stage", of: (table, run, stage) => stage + 1 },
  ...FIGURES.map(([name, head, unit]) => ({
    id: name, head, unit: unit ?? OWN_UNIT, figure: true,
    of: (table, run, stage) => figure(table, name, run, stage),
  })),
  ...data.keys.map((key, place) => ({
    id: key.path, head: key.short, text: !key.numbers, beside: true,
    of: (table, run) => (key.numbers ? key.numbers[table.keys[place][run]] : keyText(table, place, run)),
    shown: (table, run) => keyText(table, place, run),
  })),
  { id: "status", head: "status", text: true, of: (table, run) => [table.status[run], ...table.flags[run]].join(", ") },
  { id: "file", head: "file", text: true, beside: true, of: (table, run) => table.file[run] },
];

function columnsOf(table) {
  return COLUMNS.filter(({ id }) => table === data.runs || !["file", ...data.identities].includes(id));
}

/** The stages of these runs, in the order of the state: [run, stage] each. */
function sortedRows(table, runs) {
  const rows = [];
  for (const run of runs) for (let stage = 0; stage < stageCount(table, run); stage += 1) rows.push([run, stage]);
  const column = COLUMNS.find(({ id }) => id === state.sort);
  if (!column) return rows;
  const sign = state.descending ? -1 : 1;
  const keyed = rows.map((row, place) => ({ row, place, value: column.of(table, ...row) }));
  const missing = (value) => value === null || value === "" || Number.isNaN(value);
  const inOrder = new Intl.Collator("en", { numeric: true }).compare;
  keyed.sort((one, two) => {
    if (missing(one.value) || missing(two.value)) {
      return missing(one.value) - missing(two.value) || one.place - two.place;
    }
    const order = column.text ? inOrder(one.value, two.value) : one.value - two.value;
    return sign * order || one.place - two.place;
  });
  return keyed.map(({ row }) => row);
}

/** The text of a cell. */
function cellText(column, table, run, stage) {
  if (column.figure) return figureText(table, column.id, run, stage);
  return String((column.shown ?? column.of)(table, run, stage));
}

/** The rows with every digit: the columns of `wzsim compare --csv`; medians and quartiles of replicates. */
function asCsv(table, rows) {
  const single = table === data.runs;
  const beside = single ? ["errors"] : ["lower", "upper"];
  const names = data.columns.map(([name]) => name);
  const parts = names.flatMap((name) => [[name, "figures"], ...beside.map((part) => [name, part])])
    .filter(([name, part]) => !(single && part === "errors" && data.errorless.includes(name)));
  const paths = data.keys.map((key) => key.path).filter((path) => single || !data.identities.includes(path)).sort();
  const origin = ["distortion_unit", "status", "flags", "name", ...(single ? ["file", "content_sha256"] : ["replicates"])]
    .filter((name) => !paths.includes(name));
  const head = parts.map(([name, part]) => (part === "figures" ? name : `${name}_${part}`));
  const lines = [["label", "stage", ...head, ...paths, ...origin]];
  const places = paths.map((path) => data.keys.findIndex((key) => key.path === path));
  for (const [run, stage] of rows) {
    const about = {
      distortion_unit: table.unit[run], status: table.status[run], flags: table.flags[run].join(" "),
      name: table.name[run], file: table.file[run], content_sha256: table.sha[run],
      replicates: table.members[run].length,
    };
    lines.push([
      table.label[run], stage + 1,
      ...parts.map(([name, part]) => numberText(table[part]?.[name]?.[run]?.[stage], name)),
      ...places.map((place) => absentAsEmpty(table, place, run)),
      ...origin.map((name) => about[name]),
    ]);
  }
  return lines.map((line) => `${line.map(quoted).join(",")}\n`).join("");
}

function numberText(value, name) {
  if (value === null || value === undefined || (name === "loss" && Number.isNaN(value))) return "";
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";
}

function absentAsEmpty(table, place, run) {
  const [key, value] = [data.keys[place], table.keys[place][run]];
  return value === key.absent ? "" : key.texts[value];
}

function quoted(cell) {
  const text = String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
