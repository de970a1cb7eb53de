/** The part of cli-progress that is used here; the package brings no types of its own. */
declare module 'cli-progress' {
  export interface BarOptions {
    readonly format: string;
    readonly stream: NodeJS.WritableStream;
    readonly barCompleteChar: string;
    readonly barIncompleteChar: string;
    readonly hideCursor: boolean;
    readonly gracefulExit: boolean;
  }

  export class SingleBar {
    constructor(options: BarOptions);
    start(total: number, value: number, payload: Readonly<Record<string, string>>): void;
    setTotal(total: number): void;
    update(value: number, payload: Readonly<Record<string, string>>): void;
    stop(): void;
  }
}
