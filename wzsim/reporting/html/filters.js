// Which runs are shown, and the controls that say so.

const FEW = 12; // values of a key that have a box each
const FIRST = 8; // keys that are not folded away
const NONE = "\u0000"; // chosen where no value is: no text of a result has this character

/** What the search looks through, in small letters; made when it is first asked for. */
const searched = new Map();

function textsOf(table) {
  if (!searched.has(table)) {
    const texts = table.label.map((label, run) => {
      const keys = data.keys.map((key, place) => `${key.short}=${keyText(table, place, run)}`);
      const about = [label, table.name[run], table.title[run], table.file[run], table.status[run]];
      return [...about, ...table.flags[run], ...keys].join("\n").toLowerCase();
    });
    searched.set(table, texts);
  }
  return searched.get(table);
}

/** The numbers of the runs that pass every filter, in their order. */
function passing(table) {
  const checks = [];
  data.keys.forEach((key, place) => {
    const [column, chosen, range] = [table.keys[place], state.values.get(key.path), state.ranges.get(key.path)];
    if (chosen) {
      const shown = key.texts.map((text) => chosen.has(text));
      checks.push((run) => shown[column[run]]);
    }
    if (range && key.numbers) {
      const shown = key.numbers.map((value) => value !== null
        && (range[0] === null || value >= range[0]) && (range[1] === null || value <= range[1]));
      checks.push((run) => shown[column[run]]);
    }
  });
  const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length) {
    const texts = textsOf(table);
    checks.push((run) => words.every((word) => texts[run].includes(word)));
  }
  const found = [];
  for (let run = 0; run < table.label.length; run += 1) {
    if (checks.every((check) => check(run))) found.push(run);
  }
  return found;
}

function makeFilters(changed) {
  const counts = data.keys.map((key, place) => {
    const count = new Array(key.texts.length).fill(0);
    for (const value of data.runs.keys[place]) count[value] += 1;
    return count;
  });
  const groups = data.keys.map((key, place) => {
    const group = element("details", { class: "key" }, element("summary", {}, key.short));
    group.dataset.path = key.path;
    group.open = place < 3 && key.texts.length <= FEW && matchMedia("(min-width: 901px)").matches;
    if (key.short !== key.path) group.append(element("span", { class: "path" }, key.path));
    group.append(key.texts.length > FEW && key.numbers ? range(key, changed) : boxes(key, counts[place], changed));
    return group;
  });
  const rest = element("details", { class: "more" }, element("summary", {}, `${groups.length - FIRST} more keys`), ...groups.slice(FIRST));
  byId("keys").replaceChildren(...groups.slice(0, FIRST), ...(groups.length > FIRST ? [rest] : []));
  byId("search").addEventListener("input", (event) => {
    state.search = event.target.value;
    changed();
  });
  byId("reset").addEventListener("click", () => {
    for (const part of [state.values, state.ranges, state.hidden]) part.clear();
    state.search = "";
    showFilters();
    changed();
  });
  if (!matchMedia("(min-width: 901px)").matches) byId("filters").open = false;
}

function boxes(key, counts, changed) {
  const list = element("div", { class: "values", role: "group", "aria-label": key.path });
  key.texts.forEach((text, value) => {
    const box = element("input", { type: "checkbox" });
    box.value = text;
    box.addEventListener("change", () => {
      const chosen = state.values.get(key.path) ?? new Set(key.texts);
      if (box.checked) chosen.add(text);
      else chosen.delete(text);
      if (chosen.size === 0) chosen.add(NONE);
      else if (chosen.size > 1) chosen.delete(NONE);
      if (chosen.size === key.texts.length && !chosen.has(NONE)) state.values.delete(key.path);
      else state.values.set(key.path, chosen);
      showFilters();
      changed();
    });
    list.append(element("label", {}, box, element("span", {}, text || "(empty)"), element("span", {}, `${counts[value]}`)));
  });
  return list;
}

function range(key, changed) {
  const known = key.numbers.filter((value) => value !== null);
  const ends = [["least", Math.min(...known)], ["most", Math.max(...known)]].map(([name, end], side) => {
    const input = element("input", { type: "number", step: "any", placeholder: String(end) });
    input.dataset.side = side;
    input.addEventListener("input", () => {
      const limits = state.ranges.get(key.path) ?? [null, null];
      limits[side] = limit(input.value);
      if (limits.every((one) => one === null)) state.ranges.delete(key.path);
      else state.ranges.set(key.path, limits);
      mark(input.closest(".key"));
      changed();
    });
    return element("label", {}, name, input);
  });
  return element("div", { class: "range" }, ...ends);
}

function mark(group) {
  const set = state.values.has(group.dataset.path) || state.ranges.has(group.dataset.path);
  group.classList.toggle("active", set);
}

/** The controls as the state has them. */
function showFilters() {
  byId("search").value = state.search;
  for (const group of byId("keys").querySelectorAll(".key")) {
    const chosen = state.values.get(group.dataset.path);
    const limits = state.ranges.get(group.dataset.path) ?? [null, null];
    for (const box of group.querySelectorAll("[type=checkbox]")) box.checked = !chosen || chosen.has(box.value);
    for (const input of group.querySelectorAll("[type=number]")) input.value = limits[input.dataset.side] ?? "";
    mark(group);
  }
}
