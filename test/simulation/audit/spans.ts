/** Since when, and until when, something was so. In ms by the scheduler. */
interface Span {
  readonly from: number;
  until: number;
}

/** What was so when, by names such as `active a1` or `blocks a1 a2`. */
export class Spans {
  readonly #spans = new Map<string, Span[]>();

  /** It is so from now on. */
  begin(what: string, at: number): void {
    const spans = this.#spans.get(what) ?? [];
    if (spans.at(-1)?.until === Number.POSITIVE_INFINITY) return;
    this.#spans.set(what, [...spans, { from: at, until: Number.POSITIVE_INFINITY }]);
  }

  /** It is so no longer. */
  end(what: string, at: number): void {
    const last = this.#spans.get(what)?.at(-1);
    if (last && last.until > at) last.until = at;
  }

  /** Whether it was so at any moment of a time. */
  was(what: string, from: number, until: number): boolean {
    return (this.#spans.get(what) ?? []).some((span) => span.from <= until && span.until >= from);
  }

  /** Whether it was not so at any moment of a time. */
  wasNot(what: string, from: number, until: number): boolean {
    return !(this.#spans.get(what) ?? []).some((span) => span.from < from && span.until > until);
  }
}
