/** A machine did something that a durable actor cannot: the program is wrong, not the message. */
export class MachineFault extends Error {
  override readonly name = 'MachineFault';
}

/** A stored state that this code cannot run. */
export class StateFault extends Error {
  override readonly name: string = 'StateFault';
}

/** A stored state of newer code than this: nodes that have it can run it. */
export class NewerState extends StateFault {
  override readonly name = 'NewerState';
}
