import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type ServerLink, serverLink } from './server-link.ts';

type ParseArgsOptionsConfig = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>;

/** The command line is not understood; shown with the usage, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** How a command ends, as the exit code of the process. */
export const EXIT = {
  ok: 0,
  /** Stopped before the end, commands failed, or something is not as it should be. */
  failed: 1,
  /** The command line or the file is at fault; nothing was sent. */
  usage: 2,
  interrupted: 130,
} as const;

/** Options that every command talking to a server takes. */
export const CONNECTION_OPTIONS = {
  url: { type: 'string', default: 'http://127.0.0.1:3000' },
  token: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsOptionsConfig;

/** Their part of a usage, save the last line. */
const CONNECTION_HELP = `  --url URL          where the server is (http://127.0.0.1:3000)
  --token TOKEN      bearer token, if the server asks for one (or EVERSTATE_TOKEN in the environment)`;

const HELP_HELP = '  -h, --help         this text';

/** Their part of a usage. */
export const CONNECTION_OPTIONS_HELP = `${CONNECTION_HELP}\n${HELP_HELP}`;

/** Options that every command sending a history takes. */
export const SENDING_OPTIONS = {
  ...CONNECTION_OPTIONS,
  fresh: { type: 'boolean', default: false },
  'resend-expired': { type: 'boolean', default: false },
  'state-dir': { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

/** Their part of a usage. */
export const SENDING_OPTIONS_HELP = `${CONNECTION_HELP}
  --fresh            forget how far an earlier run came and send everything again; what the server
                     did in the last 24 hours it answers as before, without doing it twice
  --resend-expired   go on from an interruption more than a day old: a few commands whose answers
                     never came are sent again, though the server may have done them
  --state-dir DIR    where progress is kept ($XDG_STATE_HOME/everstate or ~/.local/state/everstate)
${HELP_HELP}`;

/** Parses a command's arguments. @throws UsageError for an unknown option or a missing value */
export function parseOptions<const O extends ParseArgsOptionsConfig>(
  args: string[],
  options: O,
): Parsed<O> {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @throws UsageError unless `text` is an http or https URL */
function serverUrl(text: string): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`--url must be an http or https URL, not ${JSON.stringify(text)}`);
  }
  return new URL(text);
}

/** The way to the server that the options name. @throws UsageError for a bad URL */
export function serverOf(values: { url: string; token?: string | undefined }): ServerLink {
  return serverLink(serverUrl(values.url), values.token ?? process.env.EVERSTATE_TOKEN);
}

/** @throws UsageError unless `text` is a whole number of that range */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`--${name} must be a whole number, ${min} to ${max}, not "${text}"`);
  }
  return value;
}
