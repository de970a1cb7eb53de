import type { Report } from './fault.ts';

/**
 * Migrations lead, without a gap, to the current version. They need not begin at the first one:
 * what is older than they are, the code does not run.
 */
export function checkMigrations(
  version: number,
  migrations: Readonly<Record<number, unknown>>,
  report: Report,
): void {
  const steps = Object.keys(migrations).map(Number);
  for (const step of steps) {
    if (!Number.isInteger(step) || step < 1 || step >= version) {
      report(
        `migrations.${step}`,
        `nothing is migrated from version ${step} to the current version ${version}`,
      );
    }
  }
  for (let from = Math.min(...steps); from < version; from++) {
    if (!Object.hasOwn(migrations, from)) {
      report('migrations', `there is no migration from version ${from} to ${from + 1}`);
    }
  }
}
