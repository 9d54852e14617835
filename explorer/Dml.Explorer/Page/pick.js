// Choosing a class among many: an input that knows all names, and a dialog with such an input.
import { h, button } from "./dom.js";

const most = 200; // options at once; typing narrows them

/** An input with a list of the names that contain what is typed. */
export function classInput({ names, label, value = null, change, placeholder }) {
  const id = `classes-${label.replaceAll(/\W+/g, "-")}`;
  const options = h("datalist", { id });
  const input = h("input", { type: "text", list: id, "aria-label": label, placeholder: placeholder ?? label, autocomplete: "off", spellcheck: "false" });
  const list = () => {
    const typed = input.value.toLowerCase();
    options.replaceChildren(...names.filter(name => name.toLowerCase().includes(typed)).slice(0, most).map(name => h("option", { value: name })));
  };
  if (value !== null) input.value = names[value] ?? "";
  input.addEventListener("focus", list);
  input.addEventListener("input", () => {
    list();
    const found = numberOf(names, input.value);
    if (found !== null || input.value === "") change(found);
  });
  input.addEventListener("change", () => {
    // A part of a name that fits one class alone is enough.
    const found = numberOf(names, input.value) ?? only(names, input.value);
    if (found !== null) input.value = names[found];
    input.setAttribute("aria-invalid", found === null && input.value !== "");
    change(found);
  });
  const element = h("span", { class: "class-input" }, input, options);
  return { element, input };
}

function numberOf(names, text) {
  const found = names.indexOf(text);
  return found < 0 ? null : found;
}

function only(names, text) {
  const found = names.map((name, number) => ({ name, number })).filter(({ name }) => text && name.toLowerCase().includes(text.toLowerCase()));
  return found.length === 1 ? found[0].number : null;
}

/** Asks for a class. @returns its number, or null when it is closed without one. */
export function pickClass({ title, names, first = [], says = "" }) {
  return new Promise(resolve => {
    let current = 0;
    let found = [];
    const input = h("input", { type: "text", "aria-label": "Filter classes", placeholder: "Type a part of the name", autocomplete: "off", spellcheck: "false" });
    const list = h("ul", { class: "choices", role: "listbox", "aria-label": "Classes" });
    const dialog = h("dialog", { class: "pick", "aria-label": title }, h("h2", {}, title), says ? h("p", { class: "hint" }, says) : null, input, list,
      h("p", { class: "hint" }, "↑ ↓ choose, Enter takes, Esc closes."));
    const close = value => {
      dialog.close();
      dialog.remove();
      resolve(value);
    };
    const draw = () => {
      const typed = input.value.toLowerCase();
      const order = [...first, ...names.keys().filter(number => !first.includes(number))];
      found = order.filter(number => names[number].toLowerCase().includes(typed)).slice(0, most);
      current = Math.min(current, Math.max(0, found.length - 1));
      list.replaceChildren(...found.map((number, at) => h("li", { role: "option", id: `choice${at}`, "aria-selected": String(at === current), onclick: () => close(number) },
        names[number], first.includes(number) ? h("span", { class: "chip" }, "suggested") : null)));
      if (found.length === 0) list.append(h("li", { class: "empty" }, "No class has that in its name."));
      input.setAttribute("aria-activedescendant", `choice${current}`);
      list.children[current]?.scrollIntoView({ block: "nearest" });
    };
    input.addEventListener("input", () => { current = 0; draw(); });
    input.addEventListener("keydown", event => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        current = Math.min(Math.max(current + step, 0), found.length - 1);
        draw();
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (found.length > 0) close(found[current]);
      }
    });
    dialog.addEventListener("cancel", event => { event.preventDefault(); close(null); });
    dialog.append(button("Close", () => close(null)));
    document.body.append(dialog);
    dialog.showModal();
    draw();
    input.focus();
  });
}
