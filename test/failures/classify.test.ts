import { describe, expect, it } from 'vitest'
import { classifyFailure, createFailure, FAILURE_KINDS, isFailure } from '../../src/failures/index.js'
import { ConnectionClosedError, RequestTimeoutError } from '../../src/rpc/errors.js'
import { ConduitError } from '../../src/util/errors.js'
import { type Case, LOCAL_CAUSES, WIRE_CAUSES } from './causes.js'
import { INTERRUPTIONS } from './interruptions.js'
import { TURN_ERRORS } from './turn-errors.js'

const ALL: Readonly<Record<string, readonly Case[]>> = {
  'of this side': LOCAL_CAUSES,
  'of the connection': WIRE_CAUSES,
  'by interruption': INTERRUPTIONS,
  'of a turn': TURN_ERRORS,
}

for (const [family, cases] of Object.entries(ALL)) {
  describe(`failures ${family}`, () => {
    it.each(cases.map((one) => [one.title, one] as const))('recognises %s', (_title, one) => {
      expect(classifyFailure(one.cause, one.context)).toMatchObject(one.expected)
    })
  })
}

it('reaches every kind from a cause that the library meets', () => {
  const reached = Object.values(ALL)
    .flat()
    .map(({ cause, context }) => classifyFailure(cause, context).kind)
  expect(new Set(reached)).toEqual(new Set(FAILURE_KINDS))
})

class LayerError extends ConduitError {
  constructor(
    readonly code: string,
    options?: { cause?: unknown },
  ) {
    super(`an error of a layer above: ${code}`, options)
  }
}

it.each([
  ['SECRET_UNAVAILABLE', 'secret-unavailable'],
  ['CODEX_HOME_UNREADABLE', 'secret-unavailable'],
  ['CODEX_HOME_UNSAFE', 'secret-unavailable'],
  ['CODEX_HOME_OCCUPIED', 'invalid-input'],
  ['CODEX_HOME_UNWRITABLE', 'backend-spawn-failed'],
  ['PROVIDER_UNREACHABLE', 'provider-unavailable'],
  ['RESPONSE_INVALID', 'backend-response-invalid'],
  ['OUTPUT_MISMATCH', 'backend-response-invalid'],
  ['TURN_STALLED', 'turn-stalled'],
  ['INTERRUPT_IGNORED', 'backend-timeout'],
  ['TURN_INTERRUPTED', 'turn-interrupted'],
  ['APPROVAL_DECLINED', 'approval-declined'],
  ['CODEX_EXITED', 'backend-spawn-failed'],
  ['HANDSHAKE_FAILED', 'backend-protocol-error'],
  ['UNSUPPORTED_METHOD', 'backend-protocol-error'],
  ['THREAD_BUSY', 'invalid-input'],
  ['TURN_NOT_RUNNING', 'invalid-input'],
  ['ALREADY_ITERATED', 'invalid-input'],
  ['toString', 'backend-failed'],
])('recognises an error of a layer above by its code %s', (code, kind) => {
  expect(classifyFailure(new LayerError(code)).kind).toBe(kind)
})

it('hears the cause behind a failed handshake', () => {
  const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const failure = classifyFailure(new LayerError('HANDSHAKE_FAILED', { cause }))
  expect(failure).toMatchObject({ kind: 'backend-spawn-failed', retryable: true })
  expect(failure.details.causes).toEqual(['connect'])
})

it.each([
  [
    'an opening that takes too long',
    new RequestTimeoutError('The opening of the connection', 1),
    'backend-timeout',
  ],
  [
    'a connection that ends',
    new ConnectionClosedError({ kind: 'remote', message: 'gone' }),
    'backend-spawn-failed',
  ],
])('knows that %s during the handshake sent nothing', (_what, cause, kind) => {
  const failure = classifyFailure(new LayerError('HANDSHAKE_FAILED', { cause }))
  expect(failure).toMatchObject({ kind, phase: 'initialize', retrySafety: 'not-sent' })
})

describe('what the caller knows', () => {
  const overloaded = { message: 'busy', codexErrorInfo: 'serverOverloaded' }

  it.each([
    [{}, 'indeterminate'],
    [{ sideEffectsPossible: false }, 'rejected'],
    [{ sideEffectsPossible: true }, 'side-effects-possible'],
    [{ requestWritten: false }, 'not-sent'],
    [{ requestWritten: true }, 'indeterminate'],
    [{ requestWritten: false, sideEffectsPossible: true }, 'side-effects-possible'],
  ] as const)('decides the safety of a retry: %j is %s', (context, safety) => {
    expect(classifyFailure(overloaded, context).retrySafety).toBe(safety)
  })

  it('never makes a lost connection look harmless', () => {
    const cause = { kind: 'remote', message: 'gone' }
    expect(classifyFailure(cause, { sideEffectsPossible: false }).retrySafety).toBe('indeterminate')
  })

  it('names the phase before the method does', () => {
    const cause = { code: -32001, message: 'Server overloaded', method: 'thread/start' }
    expect(classifyFailure(cause).phase).toBe('thread')
    expect(classifyFailure(cause, { phase: 'close' }).phase).toBe('close')
  })

  it('adds the exit and the error stream of the process', () => {
    const context = { phase: 'turn', exitCode: 7, signal: null, stderrTail: 'last words' } as const
    expect(classifyFailure(undefined, context)).toMatchObject({
      kind: 'transport-closed-before-turn-completed',
      details: { exitCode: 7, stderrTail: 'last words' },
    })
  })

  it('replaces what the text says about the wait', () => {
    const cause = { message: 'try again in 5s', codexErrorInfo: 'usageLimitExceeded' }
    expect(classifyFailure(cause, { retryAfterMs: 60_000 }).retryAfterMs).toBe(60_000)
  })
})

it('leaves out the wait where a retry does not help', () => {
  expect(classifyFailure({ message: 'retry after 5s', codexErrorInfo: 'badRequest' })).not.toHaveProperty(
    'retryAfterMs',
  )
})

it('gives back a failure as it is, also from an error that carries one', () => {
  const failure = createFailure('turn-stalled', 'nothing for 60 s', { phase: 'turn' })
  expect(failure).toMatchObject({ kind: 'turn-stalled', phase: 'turn', message: 'nothing for 60 s' })
  expect(isFailure(failure)).toBe(true)
  expect(classifyFailure(failure, { phase: 'close' })).toEqual(failure)
  expect(classifyFailure(Object.assign(new Error('turn failed'), { failure }))).toEqual(failure)
})

it.each([
  ['kind', ['no-such-kind', 'text']],
  ['kind', [undefined, 'text']],
  ['kind', ['toString', 'text']],
  ['message', ['turn-stalled']],
  ['message', ['turn-stalled', 7]],
  ['context', ['turn-stalled', 'text', null]],
])('makes none from nonsense, and says that its %s is wrong: %j', (option, given) => {
  expect(() => createFailure(...(given as unknown as Parameters<typeof createFailure>))).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', option }),
  )
})

it('describes a shape that is wrong by its path, not by its value', () => {
  const issues = [{ path: ['turn', 'id'], message: 'expected string' }]
  const failure = classifyFailure(Object.assign(new Error('[…]'), { name: 'ZodError', issues }))
  expect(failure.message).toBe('The value does not have the expected shape: turn.id: expected string')
})

it('gives every kind a hint and a message of its own', () => {
  const failures = FAILURE_KINDS.map((kind) => createFailure(kind, ''))
  expect(new Set(failures.map(({ hint }) => hint)).size).toBe(FAILURE_KINDS.length)
  expect(new Set(failures.map(({ message }) => message)).size).toBe(FAILURE_KINDS.length)
})
