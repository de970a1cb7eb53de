const TIMES = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

/** A time as people read it where they are; as it was told, in its title. */
export function When({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at}>
      {TIMES.format(new Date(at))}
    </time>
  );
}
