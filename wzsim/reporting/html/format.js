"use strict";
// Numbers and elements. Texts of results go into the page as text nodes only, never as markup.

const ABSENT = "\u2013";

/** A number with as many digits as its standard error allows; [number, error or ""]. */
function rounded(value, error, digits = 5) {
  if (value === null || value === undefined) return ["", ""];
  if (!Number.isFinite(value)) return [Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf", ""];
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const known = Number.isFinite(error) && error > 0;
  if (!known && Math.abs(value) < 1e-8) return ["0", ""];
  if (exponent < -4 || exponent >= 7) {
    return [value.toExponential(digits - 1), known ? error.toExponential(1) : ""];
  }
  let decimals = Math.max(0, digits - 1 - exponent);
  if (known) decimals = Math.min(15, Math.max(0, 1 - Math.floor(Math.log10(error))));
  return [value.toFixed(decimals), known ? error.toFixed(decimals) : ""];
}

/** A number with its standard error as one text. */
function withError(value, error) {
  const [number, uncertainty] = rounded(value, error);
  return uncertainty ? `${number} \u00b1 ${uncertainty}` : number;
}

function byId(id) {
  return document.getElementById(id);
}

/** A new element: element("td", {class: "text"}, "a text or an element", ...). */
function element(name, attributes = {}, ...inner) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...inner);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

function drawing(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Let the browser save a text as a file. */
function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
