// Makes elements. Children that are no nodes become text: names and ids from data are never markup.

/** h("a", { class: "tile", href: "#/", onclick: f }, child, "text") */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  set(element, properties);
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export function set(element, properties) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else if (key === "dataset") Object.assign(element.dataset, value);
    else if (typeof value === "boolean") element.toggleAttribute(key, value);
    else element.setAttribute(key, value);
  }
  return element;
}

/** Replaces an element's children. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export function button(text, onclick, properties = {}) {
  return h("button", { type: "button", onclick, ...properties }, text);
}

/** A button that shows its key. */
export function keyButton(text, key, onclick, properties = {}) {
  return h("button", { type: "button", onclick, "aria-keyshortcuts": key === "␣" ? "Space" : key, ...properties }, text, h("kbd", { "aria-hidden": "true" }, key));
}
