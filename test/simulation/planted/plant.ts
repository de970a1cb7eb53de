import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bug, Change } from './bugs.ts';

/** What is needed to run the simulation elsewhere. */
const PARTS = [
  'src',
  'machines',
  'test/simulation',
  'test/support/faulty-store.ts',
  'package.json',
];

/** What the simulation said of a bug. */
export interface Found {
  /** How many seeds it took; `null`: it was not found. */
  readonly seeds: number | null;
  /** The first rule that was broken, and where. */
  readonly rule: string;
}

/**
 * Plants a bug in a copy of the code, and runs seeds there until one of them breaks a rule.
 * @throws where a passage is not there, or not once
 */
export async function find(bug: Bug, seedsMax: number): Promise<Found> {
  const dir = await mkdtemp(join(tmpdir(), 'everstate-planted-'));
  try {
    for (const part of PARTS) await cp(part, join(dir, part), { recursive: true });
    await symlink(join(process.cwd(), 'node_modules'), join(dir, 'node_modules'));
    for (const change of bug.changes) await plant(dir, change);
    return await run(dir, bug, seedsMax);
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function plant(dir: string, { file, passage, instead }: Change): Promise<void> {
  const path = join(dir, file);
  const text = await readFile(path, 'utf8');
  const times = text.split(passage).length - 1;
  if (times !== 1) throw new Error(`${file} has ${times} times: ${passage}`);
  await writeFile(
    path,
    text.replace(passage, () => instead),
  );
}

async function run(dir: string, { needsTimers }: Bug, seedsMax: number): Promise<Found> {
  const seeds = needsTimers ? ['--from', '3', '--step', '4'] : [];
  const script = join(dir, 'test/simulation/planted/hunt.ts');
  const output = await outputOf(['--import', 'tsx', script, '--seeds', String(seedsMax), ...seeds]);
  const [, taken, rule = ''] = /^found after (\d+) seeds: (.*)$/m.exec(output) ?? [];
  if (taken === undefined && !output.includes('not found')) throw new Error(output);
  return { seeds: taken === undefined ? null : Number(taken), rule };
}

function outputOf(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const take = (text: string) => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}
