const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1_000 },
] as const;

/** How long something lasts, in its largest unit; below a second, in milliseconds. */
export function age(ms: number): string {
  for (const unit of UNITS) if (ms >= unit.ms) return `${Math.floor(ms / unit.ms)} ${unit.name}`;
  return `${Math.round(ms)} ms`;
}

/** For how long the oldest of those that wait does, in milliseconds; 0: none waits. */
export function waited(ms: number): string {
  return ms === 0 ? '–' : age(ms);
}
