import type { Verdict } from './verdict.js'

/** What the stable codes of the exec-server client's errors mean. */
export const EXEC_SERVER_VERDICTS: Readonly<Record<string, Verdict>> = {
  EXEC_UNSUPPORTED: {
    kind: 'backend-protocol-error',
    safety: 'not-sent',
    hint: 'This exec-server speaks version v0, which does not have that: update it, or do without.',
  },
  EXEC_INPUT_REFUSED: {
    kind: 'invalid-input',
    safety: 'rejected',
    hint: 'The process takes no input: it has gone, or was started without `pipeStdin` and `tty`.',
  },
  EXEC_OUTPUT_TRUNCATED: {
    kind: 'backend-response-invalid',
    safety: 'side-effects-possible',
    hint: 'Output was not read in time: read faster, raise `maxBufferedBytes`, or skip what is dropped.',
  },
  EXEC_HTTP_BODY: { kind: 'backend-response-invalid', safety: 'indeterminate' },
  EXEC_PROGRAM_NOT_FOUND: {
    kind: 'backend-spawn-failed',
    safety: 'not-sent',
    phase: 'spawn',
    hint: 'Name the program of the exec-server with `connectStdio({ command })`.',
  },
}

/** A process that is followed no longer, though nobody says that the connection ended: output is missing. */
export const PROCESS_LOST: Verdict = {
  kind: 'backend-response-invalid',
  safety: 'side-effects-possible',
  phase: 'exec',
  hint: 'Output of the process is missing for good: start it again if that does no harm.',
}
