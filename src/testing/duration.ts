const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const UNITS_MS = {
  ms: 1,
  second: SECOND_MS,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  year: 365 * DAY_MS,
} as const;

type Unit = keyof typeof UNITS_MS;

/** So many milliseconds, or words: `90 seconds`, `14 days`, `2 years` of 365 days each. */
export type Duration = number | `${number} ${Unit}` | `${number} ${Exclude<Unit, 'ms'>}s`;

/** In milliseconds. @throws RangeError for what is no duration */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'number') return checked(duration, duration);
  const [, count, unit] = /^([\d.]+) (ms|[a-z]+?)s?$/.exec(duration) ?? [];
  const ms = isUnit(unit) ? Number(count) * UNITS_MS[unit] : Number.NaN;
  return checked(ms, duration);
}

function isUnit(unit: string | undefined): unit is Unit {
  return unit !== undefined && Object.hasOwn(UNITS_MS, unit);
}

function checked(ms: number, given: Duration): number {
  if (Number.isFinite(ms) && ms >= 0) return Math.ceil(ms);
  throw new RangeError(`${given} is no duration: give milliseconds, or text such as "14 days"`);
}
