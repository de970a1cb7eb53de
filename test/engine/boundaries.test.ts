/** What may import what, and how long things may get: kept by reading every source file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 280;

interface Source {
  /** Under the root, with `/`. */
  readonly path: string;
  readonly lines: readonly string[];
  readonly imports: readonly Import[];
}

interface Import {
  readonly from: string;
  readonly isTypeOnly: boolean;
}

/** Static imports and exports, side-effect imports, dynamic imports and type imports. */
const IMPORTS =
  /^(?:import|export)\s+(type\s)?[^'";]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]/gm;

function sourcesIn(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => sourceOf(join(ROOT, folder, name)));
}

function sourceOf(file: string): Source {
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(IMPORTS)].map(([, type, named, bare, dynamic, required]) => ({
    from: named ?? bare ?? dynamic ?? required ?? '',
    isTypeOnly: type !== undefined,
  }));
  return { path: relative(ROOT, file).split(sep).join('/'), lines: text.split('\n'), imports };
}

/** Where an import leads: a package's name, `node:…`, or a path under the root. */
function leadsTo(source: Source, { from }: Import): string {
  if (!from.startsWith('.')) return from;
  return join(source.path, '..', from).split(sep).join('/');
}

/** Every import that `isAllowed` does not allow, as text. */
function breaches(
  sources: readonly Source[],
  isAllowed: (to: string, source: Source, found: Import) => boolean,
): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter((found) => !isAllowed(leadsTo(source, found), source, found))
      .map((found) => `${source.path} imports ${found.from}`),
  );
}

describe('what may import what', () => {
  test('the reading finds imports of every kind', () => {
    const all = sourcesIn('src').concat(sourcesIn('machines'));
    const found = all.flatMap((source) => source.imports.map((one) => leadsTo(source, one)));
    expect(all.length).toBeGreaterThan(50);
    for (const expected of ['xstate', 'node:crypto', 'lru-cache', 'src/engine/store.ts', 'hono']) {
      expect(found).toContain(expected);
    }
  });

  test('definitions know xstate, zod and themselves', () => {
    const found = breaches(
      sourcesIn('src/define'),
      (to) => ['xstate', 'zod'].includes(to) || to.startsWith('src/define/'),
    );
    expect(found).toEqual([]);
  });

  test('the engine knows definitions, a cache and zod: no store, no server, no domain', () => {
    const packages = ['zod', 'lru-cache'];
    const found = breaches(sourcesIn('src/engine'), (to, source, { isTypeOnly }) => {
      if (to.startsWith('node:')) return source.path === 'src/engine/system-runtime.ts';
      if (to.startsWith('xstate')) return isTypeOnly || source.path === 'src/engine/driver.ts';
      return packages.includes(to) || to.startsWith('src/engine/') || to.startsWith('src/define/');
    });
    expect(found).toEqual([]);
  });

  test('the engine takes time and chance from its runtime alone', () => {
    const forbidden =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.|\bset(Timeout|Interval|Immediate)\(|\bcrypto\.|\bprocess\./;
    const found = sourcesIn('src/engine')
      .filter(({ path }) => path !== 'src/engine/system-runtime.ts')
      .flatMap(({ path, lines }) =>
        lines.filter((line) => forbidden.test(line)).map((line) => `${path}: ${line.trim()}`),
      );
    // The driver's inert clock has members of these names, and calls nothing.
    const isInert = (line: string) => line.startsWith('src/engine/driver/scope.ts: _clock:');
    expect(found.filter((line) => !isInert(line))).toEqual([]);
  });

  test('the domain knows xstate, zod and the definitions’ index', () => {
    const found = breaches(
      sourcesIn('machines'),
      (to) => ['xstate', 'zod', 'src/define/index.ts'].includes(to) || to.startsWith('machines/'),
    );
    expect(found).toEqual([]);
  });

  test('the inspector’s page knows its protocol, and that the engine’s reports, alone', () => {
    const page = breaches(
      sourcesIn('src/inspector/web'),
      (to) =>
        !to.startsWith('src/') ||
        to.startsWith('src/inspector/web/') ||
        to === 'src/inspector/protocol.ts',
    );
    const protocol = breaches(
      [...sourcesIn('src/inspector/protocol'), sourceOf(join(ROOT, 'src/inspector/protocol.ts'))],
      (to) => to.startsWith('src/inspector/protocol') || to === 'src/engine/reports.ts',
    );
    expect([...page, ...protocol]).toEqual([]);
    expect(sourceOf(join(ROOT, 'src/engine/reports.ts')).imports).toEqual([]);
  });

  test('stores know the port, and neither the rest of the engine nor a server', () => {
    const port = ['src/engine/store.ts', 'src/engine/work-store.ts', 'src/engine/address.ts'];
    const found = breaches(sourcesIn('src/storage'), (to) => {
      if (to.startsWith('src/')) return port.includes(to) || to.startsWith('src/storage/');
      return !/^(hono|@hono|xstate|pino)/.test(to);
    });
    expect(found).toEqual([]);
  });
});

/**
 * The line where the body of what begins there opens; `null`: it has none, as a signature and a call,
 * which end in `;` before. What stands between the head and the line that closes it is its parameters.
 */
function bodyOf(lines: readonly string[], from: number, indent: string): number | null {
  const count = (sign: string) => (lines[from] ?? '').split(sign).length;
  const closes = new RegExp(`^${indent}[})]`);
  const isOpen = count('(') > count(')');
  const close = isOpen ? lines.findIndex((line, at) => at > from && closes.test(line)) : from;
  const opens = lines.findIndex((line, at) => at >= close && /[;{]$/.test(line));
  return lines[opens]?.endsWith('{') === true ? opens : null;
}

/** The functions that are longer than allowed, by the lines between their braces. */
function longFunctions({ path, lines }: Source): string[] {
  const found: string[] = [];
  const head =
    /^(\s*)(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function\b|(?:(?:static|override|get|set|async|private|readonly)\s+)*[#\w]+(?:<[^>]*>)?\(|(?:const|let)\s+\w+.*=>\s*\{?$)/;
  for (const [index, line] of lines.entries()) {
    const indent = head.exec(line)?.[1];
    if (indent === undefined || /^\s*(?:if|for|while|switch|return|await|describe)\b/.test(line)) {
      continue;
    }
    const body = bodyOf(lines, index, indent);
    if (body === null) continue;
    const end = lines.findIndex(
      (later, at) => at > body && new RegExp(`^${indent}\\}`).test(later),
    );
    if (end - index + 1 > FUNCTION_LINES_MAX) {
      found.push(`${path}:${index + 1} has ${end - index + 1} lines`);
    }
  }
  return found;
}

describe('how long things get', () => {
  const sources = sourcesIn('src').concat(sourcesIn('machines'));

  test(`functions have at most ${FUNCTION_LINES_MAX} lines`, () => {
    expect(sources.flatMap(longFunctions)).toEqual([]);
  });

  test('the reading finds a long function', () => {
    const body = Array.from({ length: FUNCTION_LINES_MAX }, () => '  x();');
    const heads = [
      ['function a() {'],
      ['export async function a(', '  b: string,', '): Promise<void> {'],
      ['const a = () => {'],
      ['export function A(props: {', '  readonly b: string;', '}) {'],
      ['function a({', '  b,', '}: C): void {'],
    ];
    for (const head of heads) {
      const source = { path: 'a.ts', lines: [...head, ...body, '}'], imports: [] };
      expect(longFunctions(source), head[0]).toHaveLength(1);
    }
    const signature = ['  scan(', '    page: {', '      limit: number;', '    },', '  ): void;'];
    const port = { path: 'a.ts', lines: [...signature, ...body, '  }'], imports: [] };
    expect(longFunctions(port)).toEqual([]);
    const method = ['  async #a(b: string): Promise<void> {', ...body, '  }'];
    expect(longFunctions({ path: 'a.ts', lines: method, imports: [] })).toHaveLength(1);
  });

  test(`files have at most ${FILE_LINES_MAX} lines`, () => {
    const long = sources
      .filter(({ lines }) => lines.length > FILE_LINES_MAX)
      .map(({ path, lines }) => `${path} has ${lines.length} lines`);
    expect(long).toEqual([]);
  });
});
