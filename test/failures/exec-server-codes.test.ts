import { expect, it } from 'vitest'
import { classifyFailure } from '../../src/failures/index.js'

const withCode = (code: string, more: object = {}) => Object.assign(new Error('failed'), { code, ...more })

it.each([
  ['EXEC_HANDSHAKE_FAILED', 'backend-protocol-error', 'not-sent'],
  ['EXEC_UNSUPPORTED', 'backend-protocol-error', 'not-sent'],
  ['EXEC_INPUT_REFUSED', 'invalid-input', 'rejected'],
  ['EXEC_OUTPUT_TRUNCATED', 'backend-response-invalid', 'side-effects-possible'],
  ['EXEC_PROCESS_LOST', 'backend-response-invalid', 'side-effects-possible'],
  ['EXEC_HTTP_BODY', 'backend-response-invalid', 'indeterminate'],
  ['EXEC_PROGRAM_NOT_FOUND', 'backend-spawn-failed', 'not-sent'],
])('classifies %s', (code, kind, retrySafety) => {
  expect(classifyFailure(withCode(code))).toMatchObject({ kind, retrySafety, retryable: false })
})

it('takes a process that was lost with its connection for that, whatever was refused behind it', () => {
  const cause = Object.assign(new Error('unknown session'), { rpcCode: -32600 })
  const lost = (kind: string) =>
    classifyFailure(withCode('EXEC_PROCESS_LOST', { cause, reason: { kind, message: 'gone' } }))
  expect(lost('remote')).toMatchObject({
    kind: 'transport-closed-before-turn-completed',
    retryable: true,
    retrySafety: 'side-effects-possible',
  })
  expect(lost('local').retryable).toBe(false)
})
