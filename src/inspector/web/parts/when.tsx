const TIMES = new Intl.DateTimeFormat('en', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  hourCycle: 'h23',
});
const CLOCK = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});

/** A time as people read it where they are; as it was told, in UTC, in its title. */
export function When({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at}>
      {TIMES.format(new Date(at))}
    </time>
  );
}

/** In which zone times are shown, as people name it: `Europe/Berlin (GMT+1)`. */
export function zone(): string {
  const { timeZone } = TIMES.resolvedOptions();
  const named = new Intl.DateTimeFormat('en', { timeZoneName: 'short' });
  const short = named.formatToParts(new Date()).find(({ type }) => type === 'timeZoneName')?.value;
  return short === undefined || short === timeZone ? timeZone : `${timeZone} (${short})`;
}

/** A time of a day that goes without saying: to the millisecond. */
export function clock(at: string): string {
  return CLOCK.format(new Date(at));
}
