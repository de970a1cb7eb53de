/** A machine did something that a durable actor cannot: the program is wrong, not the message. */
export class MachineFault extends Error {
  override readonly name = 'MachineFault';
}
