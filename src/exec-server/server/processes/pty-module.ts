/** The part of a terminal of `node-pty` that is used. */
export interface PtyTerminal {
  readonly pid: number
  /** The terminal's device, where the system has one. */
  readonly ptsName?: string | undefined
  /** The descriptor of this side, where the system has one. It does not block. */
  readonly fd?: number | undefined
  /** The stream that owns the descriptor, and closes it when it is destroyed. */
  readonly _socket?: { readonly destroyed?: boolean | undefined } | undefined
  /** Takes errors of the terminal's own stream, which would end the program when nobody does. */
  on?(event: 'error', listener: () => void): unknown
  onData(listener: (data: never) => void): unknown
  onExit(listener: (exit: { exitCode: number; signal?: number | undefined }) => void): unknown
  write(data: string | Buffer): void
  pause(): void
  resume(): void
  kill(signal?: string): void
}

/** The part of the package `node-pty`, or of one with the same interface, that is used. */
export interface PtyModule {
  spawn(
    file: string,
    args: string[],
    options: {
      name?: string
      cols?: number
      rows?: number
      cwd?: string
      env?: Record<string, string | undefined>
      encoding?: string | null
    },
  ): PtyTerminal
}

/** Loads `@lydell/node-pty`. Rejects when it is not installed, or has no build for this machine. */
export async function loadPtyModule(): Promise<PtyModule> {
  return (await import('@lydell/node-pty')) as unknown as PtyModule
}
