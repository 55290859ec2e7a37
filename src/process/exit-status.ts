/** How a child process ended. Both are `null` for a child that never ran or could not be seen to end. */
export interface ExitStatus {
  /** Exit code, or `null` when a signal ended the child. */
  readonly code: number | null
  /** The signal that ended the child, or `null` when it exited by itself. */
  readonly signal: NodeJS.Signals | null
}
