import type { FailurePhase } from './failure.js'
import type { Verdict } from './verdict.js'

/** The number with which the app-server sheds load. */
export const SERVER_OVERLOADED = -32001

const RESUMABLE_HINT =
  'Only persisted threads with a user message can be resumed: start a new one, or check the id and CODEX_HOME.'
const NOT_LOADED_HINT =
  'This Codex process has not loaded the thread: start or resume it first, or check the id and CODEX_HOME.'

/** What the messages of -32600 mean: the app-server uses this number for nearly every refusal. */
const INVALID_REQUESTS: readonly (readonly [RegExp, Verdict])[] = [
  [
    /unknown variant .{0,200}expected one of `initialize`/is,
    {
      kind: 'backend-protocol-error',
      hint: 'This Codex does not know the method: update Codex, or do without it.',
    },
  ],
  [
    /not initialized/i,
    { kind: 'backend-protocol-error', hint: 'Send `initialize` and await its answer before anything else.' },
  ],
  [
    /already initialized/i,
    {
      kind: 'backend-protocol-error',
      hint: 'A connection is initialized once: send no second `initialize`.',
    },
  ],
  [
    /requires experimentalApi capability/i,
    {
      kind: 'invalid-input',
      hint: 'Ask for the `experimentalApi` capability in the handshake, or do without.',
    },
  ],
  [/no (archived )?rollout found/i, { kind: 'invalid-input', hint: RESUMABLE_HINT }],
  [/thread not (found|loaded)/i, { kind: 'invalid-input', hint: NOT_LOADED_HINT }],
  [/is archived/i, { kind: 'invalid-input', hint: 'The thread is archived: unarchive it first.' }],
  [
    /active writer/i,
    {
      kind: 'invalid-input',
      hint: 'Another process has the thread open: end it, or let one process serve each CODEX_HOME.',
    },
  ],
  [
    /no active turn|expected active turn/i,
    { kind: 'invalid-input', hint: 'That turn is no longer running: start a new turn instead.' },
  ],
]

/** Concludes from the number and the message of a JSON-RPC error. */
export function judgeRpcError(rpcCode: number, message: string): Verdict | undefined {
  switch (rpcCode) {
    case SERVER_OVERLOADED:
      return { kind: 'server-overloaded', safety: 'rejected' }
    case -32600: {
      const known = INVALID_REQUESTS.find(([words]) => words.test(message))
      return { ...(known?.[1] ?? { kind: 'invalid-input' }), safety: 'rejected' }
    }
    case -32601:
      return {
        kind: 'backend-protocol-error',
        safety: 'rejected',
        hint: 'The other side does not know the method: compare the versions, or do without it.',
      }
    case -32602:
      return { kind: 'invalid-input', safety: 'rejected' }
    case -32700:
      return { kind: 'backend-protocol-error', safety: 'rejected' }
    case -32603:
      return { kind: 'backend-failed', safety: 'indeterminate' }
    default:
      return undefined
  }
}

/** The phase that a method belongs to. */
export function phaseOfMethod(method: string): FailurePhase {
  if (method === 'initialize') return 'initialize'
  if (method === 'turn/start' || method === 'review/start') return 'turn-start'
  if (method.startsWith('turn/')) return 'turn'
  if (method.startsWith('thread/')) return 'thread'
  if (method.endsWith('/requestApproval')) return 'approval'
  return 'request'
}
