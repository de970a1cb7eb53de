/** What policies have under way: of a trace, of one actor, of one instance. */

/** Something that has not come to its end. */
export interface UnderWay {
  /** What a policy sent, was told, waits for, or has done outside. */
  readonly what: 'command' | 'message' | 'timer' | 'effect';
  /**
   * `sent`: a command or an effect without an outcome; `waiting`: a timer, or a message that has not
   * been taken; `retrying`: it failed, and is tried again; `dead`: no more.
   */
  readonly stage: 'sent' | 'waiting' | 'retrying' | 'dead';
  readonly policy: string;
  /** Empty where an event could not be correlated. */
  readonly instance: string;
  /** The event's or the command's type, the timer's event, the effect's name. */
  readonly type: string;
  /** Of a command: its id. Of another: what tells it from others of its instance. */
  readonly id: string;
  /** Where a command goes; `null` for others, and where its schema no longer tells it. */
  readonly target: { readonly type: string; readonly id: string } | null;
  /** By what the machine knows a command. */
  readonly ref: string | null;
  /** The id of the event that it is about or was sent for; of another message, that one's. */
  readonly cause: string;
  readonly correlationId: string;
  readonly attempts: number;
  /** Since when; of a timer, when it is due. */
  readonly at: string;
  /** When it is tried again, or is due, by the store's clock; `null`: now, or never. */
  readonly dueAt: string | null;
  /** What went wrong last. */
  readonly error: string | null;
}

/** `GET /actors/{type}/{id}/under-way` */
export interface ActorUnderWay {
  /** The store's clock. */
  readonly now: string;
  /** Policies and read models that have not passed all steps of the actor. */
  readonly behind: readonly Behind[];
  /** To the actor, about its events, or because of them. */
  readonly items: readonly UnderWay[];
  /** Commands from outside that are to be answered later, and were not yet. */
  readonly awaited: readonly {
    readonly commandId: string;
    readonly command: string;
    readonly at: string;
    readonly principal: string;
  }[];
  /** Not all that is under way was looked through: there may be more. */
  readonly isCut: boolean;
  /** Of how many of its last steps it is known what they led to; `null`: of all. */
  readonly ofSteps: number | null;
}

export interface Behind {
  readonly kind: 'policy' | 'projection';
  readonly name: string;
  /** It takes nothing until somebody resumes it. */
  readonly isPaused: boolean;
  /** How many steps of the actor it has not passed: of its last hundred. */
  readonly steps: number;
}

/**
 * `GET /actors/{type}/{id}/at/{position}/cause`: which policy sent the command of a step; 404 where
 * none did.
 */
export interface StepCause {
  readonly policy: string;
  /** `null` where it cannot be told. */
  readonly instance: string | null;
  /** The event that it was sent for; `null` where it cannot be told. */
  readonly event: CausingEvent | null;
}

/** An event, and the step that recorded it. */
export interface CausingEvent {
  readonly id: string;
  readonly type: string;
  readonly actor: { readonly type: string; readonly id: string };
  /** The position of the step. */
  readonly position: string;
  readonly at: string;
  readonly correlationId: string;
}
