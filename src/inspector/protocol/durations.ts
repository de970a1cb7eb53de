/** How long something lasts, in words: the same in charts, which the server makes, and beside them. */

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1_000 },
  { name: 'ms', ms: 1 },
] as const;

function parts(ms: number): readonly { readonly text: string; readonly unit: number }[] {
  let rest = Math.round(ms);
  return UNITS.flatMap(({ name, ms: each }, unit) => {
    const count = Math.floor(rest / each);
    rest -= count * each;
    return count === 0 ? [] : [{ text: `${count} ${name}`, unit }];
  });
}

/** All of it, as a machine states it: `1 h 30 min`, `1 s 500 ms`. */
export function exactly(ms: number): string {
  return (
    parts(ms)
      .map(({ text }) => text)
      .join(' ') || '0 ms'
  );
}

/** As people reckon, in its two largest units: `2 d 3 h`, `40 s`; milliseconds where it has no more. */
export function age(ms: number): string {
  const [first, second] = parts(ms);
  if (!first) return '0 ms';
  const isNext = second?.unit === first.unit + 1 && second.unit < UNITS.length - 1;
  return isNext ? `${first.text} ${second.text}` : first.text;
}
