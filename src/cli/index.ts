#!/usr/bin/env node
import { AUDIT_USAGE, audit } from './audit.ts';
import { CHECK_USAGE, check } from './check.ts';
import { DEAD_LETTERS_USAGE, deadLetters } from './dead-letters.ts';
import { DEMO_USAGE, demo } from './demo.ts';
import { EXIT, UsageError } from './options.ts';
import { POLICIES_USAGE, policies } from './policies.ts';
import { REBUILD_USAGE, rebuild } from './rebuild.ts';
import { REPLAY_USAGE, replay } from './replay.ts';
import { SUBSCRIBERS_USAGE, subscribers } from './subscribers.ts';

const USAGE = `everstate COMMAND

  serve         run the server; settings come from the environment
  replay FILE   send a file of ratings to a server as commands
  demo          send a made-up social graph to a server
  policies      how the policies of a server fare
  dead-letters  what policies gave up on: look, retry, discard
  rebuild       make a read model anew; how the read models fare
  check         what is stored, against this code, before it is deployed
  audit         whether partitions agree, after a loss; mend what they do not
  subscribers   whom the feed is kept for; remove one who is gone
  help          this text; everstate COMMAND --help tells more`;

const USAGES: Readonly<Record<string, string>> = {
  audit: AUDIT_USAGE,
  check: CHECK_USAGE,
  replay: REPLAY_USAGE,
  demo: DEMO_USAGE,
  policies: POLICIES_USAGE,
  'dead-letters': DEAD_LETTERS_USAGE,
  rebuild: REBUILD_USAGE,
  subscribers: SUBSCRIBERS_USAGE,
};

/** @returns the exit code; `undefined` where the process goes on by itself */
async function run(command: string | undefined, args: string[]): Promise<number | undefined> {
  switch (command) {
    case 'serve':
      if (args.length > 0) throw new UsageError('serve takes no arguments');
      await import('../main.ts');
      return undefined;
    case 'replay':
      return replay(args);
    case 'demo':
      return demo(args);
    case 'policies':
      return policies(args);
    case 'dead-letters':
      return deadLetters(args);
    case 'rebuild':
      return rebuild(args);
    case 'audit':
      return audit(args);
    case 'check':
      return check(args);
    case 'subscribers':
      return subscribers(args);
    case 'help':
    case '--help':
    case '-h':
      console.log(USAGE);
      return EXIT.ok;
    default:
      throw new UsageError(command === undefined ? 'no command' : `no command ${command}`);
  }
}

const [command, ...args] = process.argv.slice(2);
try {
  const exit = await run(command, args);
  if (exit !== undefined) process.exitCode = exit;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`everstate: ${error.message}\n\n${USAGES[command ?? ''] ?? USAGE}`);
  process.exitCode = EXIT.usage;
}
