// Numbers and words as people read them, and as the report writes them (Figures.cs). A minus is U+2212, which is as wide as a plus.

const group = new Intl.NumberFormat("en");
const minus = text => text.replace("-", "\u2212");
const fixed = (value, digits) => minus(value.toFixed(digits).replace(/^-(?=[0.]*$)/, "")); // Nothing is below zero by rounding.

export const count = n => group.format(n);
export const counted = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;
export const percent = (share, digits = 1) => share === null || share === undefined ? "–" : `${fixed(100 * share, digits)}\u202F%`;

/** Three significant digits; powers of ten where plain decimals would be long. */
export function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  return minus(exponent >= -3 && exponent <= 4 ? value.toFixed(Math.max(0, digits - 1 - exponent)) : `${mantissa}\u202F×\u202F10${superscript(exponent)}`);
}

const superscript = n => [...String(n)].map(c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]).join("");
export const distance = value => value === null || value === undefined ? "–" : value.toFixed(value < 0.001 ? 5 : value < 10 ? 4 : 2);
/** The end of an id, which tells more than its beginning. */
export const tail = (text, length) => text.length <= length ? text : `…${text.slice(1 - length)}`;
/** A path without its extension, which all of a list share. */
export const stem = id => id.replace(/\.[a-z]{3,4}$/i, "");

/** Two names without what they begin with alike, so that what tells them apart has room: a folder that both are in, and the first words of long names. */
export function apart(first, second) {
  let same = 0;
  while (same < Math.min(first.length, second.length) && first[same] === second[same]) same++;
  const cut = first.slice(0, same).search(/[^/_\-. ]*$/);
  if (first[cut - 1] === "/") return [first.slice(cut), second.slice(cut)];
  return cut < 12 ? [first, second] : [`…${first.slice(cut)}`, `…${second.slice(cut)}`];
}

export const short = value => value.toFixed(value < 0.01 ? 4 : value < 10 ? 3 : value < 100 ? 1 : 0);
export const signed = value => (value > 0 ? "+" : "") + number(value);
export const points = (share, digits = 1) => (share > 0 ? "+" : "") + fixed(100 * share, digits);
export const seconds = value => value === null || value === undefined ? "" : value < 1 ? `${Math.max(1, Math.round(value * 1000))} ms` : `${value.toFixed(1)} s`;

/** An interval of a difference of two shares, in points. */
export const interval = (low, high) => low === null || low === undefined ? "no interval" : `${points(low)} to ${points(high)} points`;
export const probability = p => p < 0.0001 ? "p < 0.0001" : `p = ${Number(p.toPrecision(2))}`;
