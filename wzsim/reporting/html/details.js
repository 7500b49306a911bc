// All about the selected run.

/** The number of the selected run in the shown table; null for none. */
function chosenRun() {
  const run = state.run === "" ? NaN : Number(state.run) - 1;
  return Number.isInteger(run) && run >= 0 && run < shownTable().label.length ? run : null;
}

const CAUSES = [
  ["prior_mismatch_db", "rate estimator", "dB"], ["decoder_mismatch_db", "decoder", "dB"],
  ["quantizer_gap_db", "encoder", "dB"], ["marginal_entropy", "H(m_k | m_1 \u2026 m_k-1)", "bit/sample"],
  ["conditional_entropy", "H(m_k | m_1 \u2026 m_k-1, Y)", "bit/sample"], ["least_distortion", "D with the best decoder", null],
];

let asked = 0; // the latest run asked for: an answer to an older question comes to nothing

async function drawDetails(choose) {
  const [place, run, table] = [byId("details"), chosenRun(), shownTable()];
  const question = (asked += 1);
  if (run === null) {
    pictured = null;
    clearPictures();
    place.hidden = true;
    place.replaceChildren();
    return;
  }
  const members = table.members[run];
  const found = members.length === 1 ? await detailsOf(members[0]) : null;
  if (question !== asked) return;
  clearPictures();
  const close = element("button", { type: "button", class: "close screen" }, "Close");
  close.addEventListener("click", () => choose(null));
  const head = element("div", { class: "head" }, element("h2", { id: "details-heading" }, table.label[run]), close);
  const charts = [0, 1, 2].map(() => element("div", { class: "pictures" }));
  const parts = [head, element("p", { class: "quiet" }, [table.name[run], table.title[run]].filter(Boolean).join(": "))];
  if (found) parts.push(facts(found.about), stages(table, run), ...realBits(table, run, found.coding), ...causes(table, run, found.decomposition), ...charts, ...origin(found));
  else parts.push(element("p", {}, `${members.length} replicates: medians, and quartiles in parentheses.`), stages(table, run), memberList(members));
  place.replaceChildren(...parts);
  place.hidden = false;
  pictured = { found, charts };
  drawPictures();
}

function facts(lines) {
  const rows = lines.map(([head, text]) =>
    element("tr", { class: ["flag", "failed"].includes(head) ? "finding" : null }, element("th", { scope: "row" }, head), element("td", {}, text)));
  return element("table", { class: "facts" }, ...rows);
}

/** Rows of figures by stage. */
function figures(heads, count, cell) {
  const head = element("tr", {}, element("th", { scope: "col" }, "stage"), ...heads.map(([text, unit]) =>
    element("th", { scope: "col" }, text, element("br"), element("small", {}, unit))));
  const rows = Array.from({ length: count }, (_, stage) =>
    element("tr", {}, element("th", { scope: "row" }, `${stage + 1}`), ...heads.map((_, at) => element("td", {}, cell(at, stage)))));
  return element("div", { class: "figures" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
}

function stages(table, run) {
  const present = FIGURES.filter(([name]) => !data.coded.includes(name) && table.figures[name]?.[run]);
  const heads = present.map(([, head, unit]) => [head, unit ?? table.unit[run]]);
  return figures(heads, stageCount(table, run), (at, stage) => figureText(table, present[at][0], run, stage));
}

/** Ideal, model and actual rates, and how many frames were decoded. */
function realBits(table, run, lines) {
  if (!lines) return [];
  const present = FIGURES.filter(([name]) => data.coded.includes(name) && table.figures[name]?.[run]);
  const heads = present.map(([, head, unit]) => [head, unit ?? table.unit[run]]);
  return [element("h3", {}, "Real bits"), facts(lines),
    figures(heads, stageCount(table, run), (at, stage) => figureText(table, present[at][0], run, stage))];
}

function causes(table, run, decomposition) {
  if (!decomposition) return [];
  const heads = CAUSES.map(([, head, unit]) => [head, unit ?? table.unit[run]]);
  return [element("h3", {}, "The gap by cause, and exact figures of the encoder"),
    figures(heads, stageCount(table, run), (at, stage) => {
      const value = asNumber(decomposition[CAUSES[at][0]][stage]);
      return CAUSES[at][2] === "dB" ? value.toFixed(3) : rounded(value)[0];
    })];
}

function memberList(members) {
  const items = members.map((member) => {
    const link = element("a", { href: "#" }, data.runs.name[member]);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      state.level = "runs";
      state.run = `${member + 1}`;
      update({ focus: true });
    });
    return element("li", {}, link);
  });
  return element("ul", { class: "members" }, ...items);
}

function origin(found) {
  const folded = (head, ...inner) => element("details", {}, element("summary", {}, element("h3", {}, head)), ...inner);
  const parts = [folded("Provenance", facts(found.provenance))];
  if (found.bounds.length) parts.push(folded("Certificates of the bounds", facts(found.bounds)));
  return [...parts, folded("Scenario, with every key", code(found.scenario)), folded("Scenario, as it was written", code(found.toml))];
}

function code(text) {
  const button = element("button", { type: "button", class: "screen" }, "Copy");
  const shown = element("pre", { tabindex: "0", "aria-label": "Scenario as TOML" }, text);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch { // not every browser lets a local file use the clipboard
      getSelection().selectAllChildren(shown);
      button.textContent = "Selected";
    }
  });
  return element("div", { class: "code" }, button, shown);
}
