import { h } from "./dom.js";

/** Colors of the theme by their names, as a canvas takes them: light-dark() is resolved by a computed style alone. */
export function colors(element, ...names) {
  const probe = element.appendChild(h("i", { hidden: true }));
  const style = getComputedStyle(probe);
  const found = Object.fromEntries(names.map(name => {
    probe.style.color = `var(--${name})`;
    return [name, style.color];
  }));
  probe.remove();
  return found;
}
