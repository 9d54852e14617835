// Choosing a class among many: an input that knows all names, and a dialog with such an input. Classes are { class, name }, class being the label.
import { h, button } from "./dom.js";

const most = 200; // options at once; typing narrows them

const has = typed => ({ name }) => name.toLowerCase().includes(typed.toLowerCase());

/** The class of that name, or the only one that has the text in its name. */
function find(classes, text, { part = false } = {}) {
  const exact = classes.find(({ name }) => name === text);
  if (exact || !part || !text) return exact;
  const found = classes.filter(has(text));
  return found.length === 1 ? found[0] : undefined;
}

/** An input with a list of the names that contain what is typed; change gets the label, or null. */
export function classInput({ classes, label, value = null, change, placeholder }) {
  const id = `classes-${label.replaceAll(/\W+/g, "-")}`;
  const options = h("datalist", { id });
  const input = h("input", { type: "text", list: id, "aria-label": label, placeholder: placeholder ?? label, autocomplete: "off", spellcheck: "false" });
  const list = () => options.replaceChildren(...classes.filter(has(input.value)).slice(0, most).map(({ name }) => h("option", { value: name })));
  const set = number => { input.value = number === null ? "" : classes.find(c => c.class === number)?.name ?? ""; };
  set(value);
  let last = value;
  const tell = number => {
    if (number !== last) change(last = number);
  };
  input.addEventListener("focus", list);
  input.addEventListener("input", () => {
    list();
    const found = find(classes, input.value);
    if (found || input.value === "") tell(found?.class ?? null);
  });
  input.addEventListener("change", () => { // A part of a name that fits one class alone is enough.
    const found = find(classes, input.value, { part: true });
    if (found) input.value = found.name;
    input.setAttribute("aria-invalid", !found && input.value !== "");
    tell(found?.class ?? null);
  });
  return { element: h("span", { class: "class-input" }, input, options), input, set: number => { last = number; set(number); } };
}

/** Asks for a class. @returns its label, or null when it is closed without one */
export function pickClass({ title, classes, first = [], suggested = null, says = "" }) {
  return new Promise(resolve => {
    const order = [...first.map(label => classes.find(c => c.class === label)).filter(Boolean), ...classes.filter(c => !first.includes(c.class))];
    let current = 0;
    let found = [];
    const list = h("ul", { class: "choices", role: "listbox", id: "choices", "aria-label": "Classes" });
    const input = h("input", {
      type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "choices", "aria-label": "Filter classes", placeholder: "Type a part of the name", autocomplete: "off", spellcheck: "false",
    });
    const dialog = h("dialog", { class: "pick", "aria-label": title }, h("h2", {}, title), says ? h("p", { class: "hint" }, says) : null, input, list,
      h("p", { class: "hint" }, "↑ ↓ choose, Enter takes, Esc closes."), button("Close", () => close(null)));
    const close = value => {
      dialog.close();
      dialog.remove();
      resolve(value);
    };
    const draw = () => {
      found = order.filter(has(input.value)).slice(0, most);
      current = Math.min(current, Math.max(0, found.length - 1));
      list.replaceChildren(...found.map((c, at) => h("li", { role: "option", id: `choice${at}`, "aria-selected": String(at === current), onclick: () => close(c.class) },
        c.name, c.class === suggested ? h("span", { class: "chip" }, "suggested") : null)));
      if (found.length === 0) list.append(h("li", { class: "empty" }, "No class has that in its name."));
      input.setAttribute("aria-activedescendant", `choice${current}`);
      list.children[current]?.scrollIntoView({ block: "nearest" });
    };
    input.addEventListener("input", () => { current = 0; draw(); });
    input.addEventListener("keydown", event => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        current = Math.min(Math.max(current + step, 0), Math.max(0, found.length - 1));
        draw();
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (found.length > 0) close(found[current].class);
      }
    });
    dialog.addEventListener("cancel", event => { event.preventDefault(); close(null); });
    document.body.append(dialog);
    dialog.showModal();
    draw();
    input.focus();
  });
}
