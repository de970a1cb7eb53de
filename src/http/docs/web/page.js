import { element, prose, show } from './elements.js';
import { operationSection } from './operation.js';
import { memberTable } from './schema.js';

const main = document.querySelector('#main');
const contents = document.querySelector('#contents');

try {
  const response = await fetch('openapi.json');
  if (!response.ok) throw new Error(`${response.status}`);
  build(await response.json());
} catch (error) {
  show(main, element('p', { class: 'bad' }, `The API could not be read: ${error.message}`));
}

function build(api) {
  const token = element('input', { type: 'password', autocomplete: 'off' });
  const needsToken = api.security?.length > 0;
  const groups = api.tags.map((tag) => ({ tag, operations: operationsOf(api, tag.name) }));
  show(
    main,
    element('h1', {}, `${api.info.title} API`),
    ...api.info.description.split('\n\n').map((text) => element('p', {}, ...prose(text))),
    needsToken
      ? element('label', { class: 'token' }, element('span', {}, 'Bearer token'), token)
      : '',
    ...groups.flatMap(({ tag, operations }) => [
      element('h2', {}, tag.name),
      element('p', {}, tag.description),
      ...operations.map((found) => operationSection(api, found, () => token.value)),
    ]),
    element('h2', {}, 'schemas'),
    ...Object.entries(api.components.schemas).map(([name, schema]) =>
      schemaSection(api, name, schema),
    ),
  );
  show(contents, ...groups.flatMap(navigation));
}

function operationsOf(api, tag) {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => ({ path, method, operation })),
  );
}

function navigation({ tag, operations }) {
  const links = operations.map(({ operation: { operationId } }) =>
    element('li', {}, element('a', { href: `#${operationId}` }, operationId)),
  );
  return [element('h2', {}, tag.name), element('ul', {}, ...links)];
}

function schemaSection(api, name, schema) {
  return element(
    'details',
    { id: `schema-${name}`, class: 'schema' },
    element('summary', {}, name),
    schema.description ? element('p', {}, ...prose(schema.description)) : '',
    schema.properties
      ? memberTable(api, schema)
      : element('pre', {}, JSON.stringify(schema, null, 2)),
  );
}

/** A link to a schema opens it. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}
addEventListener('hashchange', openTarget);
openTarget();
