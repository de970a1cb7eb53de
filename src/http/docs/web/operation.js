import { element, prose, show } from './elements.js';
import { memberTable, sample, schemaName } from './schema.js';

/** Headers of an answer that say something about it. */
const SHOWN_HEADERS = ['content-type', 'etag', 'location', 'retry-after', 'idempotency-replayed'];

/** The section of one operation: what it takes, what it gives, and a form to try it. */
export function operationSection(api, { path, method, operation }, readToken) {
  const section = element(
    'section',
    { class: 'operation', id: operation.operationId },
    element(
      'h3',
      {},
      element('span', { class: `method ${method}` }, method.toUpperCase()),
      element('code', {}, path),
    ),
    element('p', {}, ...prose(operation.summary ?? '')),
  );
  if (operation.description) section.append(element('p', {}, ...prose(operation.description)));
  const bodies = operation.requestBody?.content ?? {};
  const schema = bodies['application/json']?.schema;
  if (schema) {
    section.append(element('h4', {}, 'Body'), memberTable(api, schema));
  }
  section.append(answers(operation), tryForm(api, { path, method, operation }, readToken));
  return section;
}

function answers({ responses }) {
  const rows = Object.entries(responses).map(([status, { description, content = {} }]) => {
    const name = schemaName(Object.values(content)[0]?.schema ?? {});
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, status),
      element('td', {}, ...prose(description)),
      element('td', {}, name ? schemaLink(name) : ''),
    );
  });
  return element(
    'details',
    {},
    element('summary', {}, 'Answers'),
    element('table', { class: 'members' }, element('tbody', {}, ...rows)),
  );
}

function schemaLink(name) {
  return element('a', { href: `#schema-${name}` }, name);
}

function tryForm(api, { path, method, operation }, readToken) {
  const fields = (operation.parameters ?? []).map((parameter) => ({
    parameter,
    input: element('input', {
      name: parameter.name,
      autocomplete: 'off',
      required: parameter.required === true,
      placeholder: parameter.description ?? '',
    }),
  }));
  const content = operation.requestBody?.content?.['application/json'];
  const body = content
    ? element('textarea', {
        rows: 8,
        spellcheck: false,
        value: JSON.stringify(content.example ?? sample(api, content.schema), null, 2),
        'aria-label': 'Body',
      })
    : null;
  const answer = element('div', { class: 'answer', 'aria-live': 'polite' });
  const form = element(
    'form',
    {},
    ...fields.map(({ parameter, input }) =>
      element('label', {}, element('span', {}, `${parameter.name} (${parameter.in})`), input),
    ),
    body,
    element('button', { type: 'submit' }, 'Send'),
    answer,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const request = buildRequest(path, method, fields, body?.value, readToken());
    void send(request, answer);
  });
  return element('details', { class: 'try' }, element('summary', {}, 'Try it'), form);
}

function buildRequest(path, method, fields, body, token) {
  const headers = {};
  const search = new URLSearchParams();
  let target = path;
  for (const { parameter, input } of fields) {
    if (input.value === '') continue;
    if (parameter.in === 'path') {
      target = target.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    } else if (parameter.in === 'query') search.set(parameter.name, input.value);
    else headers[parameter.name] = input.value;
  }
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token !== '') headers.Authorization = `Bearer ${token}`;
  const query = search.size > 0 ? `?${search}` : '';
  // Relative to the page, so that it works behind a proxy with a path of its own.
  return { url: `.${target}${query}`, method: method.toUpperCase(), headers, body };
}

async function send({ url, ...init }, answer) {
  show(answer, 'Sending…');
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    const shown = SHOWN_HEADERS.filter((name) => response.headers.has(name));
    const lines = shown.map((name) => `${name}: ${response.headers.get(name)}`);
    show(
      answer,
      element('p', { class: response.ok ? 'good' : 'bad' }, `${response.status}`),
      element('pre', {}, lines.join('\n')),
      element('pre', {}, pretty(text)),
    );
  } catch (error) {
    show(answer, element('p', { class: 'bad' }, `No answer: ${error.message}`));
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
