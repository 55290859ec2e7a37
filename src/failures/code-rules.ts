import { judgeClose } from './close-rules.js'
import { judgeSpawn } from './errno-rules.js'
import { EXEC_SERVER_VERDICTS, PROCESS_LOST } from './exec-server-codes.js'
import type { Facts } from './facts.js'
import { readText } from './read.js'
import type { Verdict } from './verdict.js'

/**
 * What the stable codes of this library's errors mean. Layers above name their errors by these codes, so
 * that nothing here imports them.
 */
const VERDICT_OF_CODE: Readonly<Record<string, Verdict>> = {
  INVALID_INPUT: { kind: 'invalid-input', safety: 'not-sent', phase: 'configure' },
  MESSAGE_ENCODE: { kind: 'invalid-input', safety: 'not-sent' },
  SECRET_UNAVAILABLE: { kind: 'secret-unavailable', safety: 'not-sent', phase: 'configure' },
  CODEX_HOME_UNREADABLE: { kind: 'secret-unavailable', safety: 'not-sent', phase: 'configure' },
  CODEX_HOME_UNSAFE: {
    kind: 'secret-unavailable',
    safety: 'not-sent',
    phase: 'configure',
    hint: 'A link or another folder stands where the message says: put the file or folder itself there.',
  },
  CODEX_HOME_OCCUPIED: { kind: 'invalid-input', safety: 'not-sent', phase: 'configure' },
  CODEX_HOME_UNWRITABLE: {
    kind: 'backend-spawn-failed',
    safety: 'not-sent',
    phase: 'configure',
    hint: 'The Codex home cannot be written: name another folder, or mend its permissions.',
  },
  CODEX_NOT_FOUND: {
    kind: 'backend-spawn-failed',
    safety: 'not-sent',
    phase: 'spawn',
    hint: 'Install `@openai/codex`, or say where the program lies.',
  },
  TRANSPORT_CLOSED: {
    kind: 'transport-closed-before-turn-completed',
    safety: 'not-sent',
    hint: 'The connection is not open: connect again, then repeat the request.',
  },
  REQUEST_TIMEOUT: { kind: 'backend-timeout', safety: 'indeterminate' },
  MESSAGE_PARSE: { kind: 'backend-json-parse-error', safety: 'indeterminate' },
  NOISE_LINE: { kind: 'backend-json-parse-error', safety: 'indeterminate' },
  PROTOCOL_VIOLATION: { kind: 'backend-protocol-error', safety: 'indeterminate' },
  MESSAGE_OVERSIZE: {
    kind: 'backend-response-invalid',
    safety: 'indeterminate',
    hint: 'The answer is longer than allowed: ask for less (`excludeTurns`, paging), or allow longer messages.',
  },
  RESPONSE_INVALID: { kind: 'backend-response-invalid', safety: 'indeterminate' },
  PROVIDER_UNREACHABLE: { kind: 'provider-unavailable', safety: 'indeterminate', phase: 'turn' },
  TURN_STALLED: { kind: 'turn-stalled', safety: 'indeterminate', phase: 'turn' },
  INTERRUPT_IGNORED: {
    kind: 'backend-timeout',
    safety: 'indeterminate',
    phase: 'turn',
    hint: 'Codex does not end the turn: start Codex again to be sure that it does nothing more.',
  },
  OUTPUT_MISMATCH: {
    kind: 'backend-response-invalid',
    retryable: true,
    phase: 'turn',
    hint: "The model's answer does not match the output schema: ask again, or simplify the schema.",
  },
  UNSUPPORTED_METHOD: {
    kind: 'backend-protocol-error',
    safety: 'rejected',
    hint: 'This Codex does not know the method: update Codex, or do without it.',
  },
  THREAD_BUSY: {
    kind: 'invalid-input',
    retryable: true,
    safety: 'not-sent',
    phase: 'turn-start',
    hint: 'The thread has a running turn: await it, steer it, or interrupt it first.',
  },
  TURN_NOT_RUNNING: {
    kind: 'invalid-input',
    safety: 'rejected',
    phase: 'turn',
    hint: 'That turn is no longer running: start a new turn instead.',
  },
  THREAD_LOST: {
    kind: 'invalid-input',
    safety: 'not-sent',
    phase: 'turn-start',
    hint: 'The thread was ephemeral or had no turn when the connection was lost: start another thread.',
  },
  ALREADY_ITERATED: { kind: 'invalid-input', safety: 'not-sent' },
  TURN_INTERRUPTED: { kind: 'turn-interrupted', phase: 'turn' },
  APPROVAL_DECLINED: { kind: 'approval-declined', phase: 'approval' },
  ...EXEC_SERVER_VERDICTS,
}

/** Concludes from the stable code of an error of this library. */
export function judgeCode(facts: Facts): Verdict | undefined {
  const { code, source } = facts
  if (code === undefined) return undefined
  if (code === 'CODEX_EXITED') return { ...judgeClose(facts, 'spawn'), phase: 'spawn' }
  if (code === 'SPAWN_FAILED') return judgeSpawn(readText(source, 'errno'), readText(source, 'subject'))
  if (code === 'EXEC_PROCESS_LOST') {
    if (facts.close === undefined) return PROCESS_LOST
    // Whatever the process did stays done.
    return { ...judgeClose(facts, 'exec'), phase: 'exec', safety: 'side-effects-possible' }
  }
  return Object.hasOwn(VERDICT_OF_CODE, code) ? VERDICT_OF_CODE[code] : undefined
}

/** Concludes from an error that says where it failed but not why: any cause behind it is heard first. */
export function judgeVagueCode(facts: Facts): Verdict | undefined {
  return facts.code === 'HANDSHAKE_FAILED' || facts.code === 'EXEC_HANDSHAKE_FAILED'
    ? {
        kind: 'backend-protocol-error',
        safety: 'not-sent',
        phase: 'initialize',
        hint: `What answers is no ${facts.code === 'HANDSHAKE_FAILED' ? 'Codex app-server' : 'exec-server'}, or one of a very different version.`,
      }
    : undefined
}
