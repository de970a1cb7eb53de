/**
 * Makes an element. Text goes in as text, never as markup.
 * @param {string} tag
 * @param {Record<string, unknown>} properties what is set on the element; `class` is its class
 * @param {(Node | string | null | undefined)[]} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'class') made.className = String(value);
    else if (name.includes('-')) made.setAttribute(name, String(value));
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** A text in which `…` marks code, as paragraphs of its own or as part of one. */
export function prose(text) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part));
}

/** Shows what was made in place of what a container held. */
export function show(container, ...children) {
  container.replaceChildren(...children);
}
