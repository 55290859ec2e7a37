import { describe, expect, it } from 'vitest'
import { EXEC_METHODS, type ExecMethod, parseParams } from '../../../src/exec-server/protocol/index.js'

const start = { processId: 'p', argv: ['a'], cwd: 'file:///', env: {}, tty: false }

function problem(method: ExecMethod, params: unknown): unknown {
  try {
    return parseParams(EXEC_METHODS[method].params, params)
  } catch (error) {
    const { rpcCode, message } = error as { rpcCode: number; message: string }
    return [rpcCode, message]
  }
}

describe('parameters that are wrong', () => {
  it.each<[ExecMethod, unknown, string]>([
    ['process/start', { ...start, env: undefined }, 'missing field `env`'],
    ['process/start', { ...start, argv: 'x' }, 'invalid type: string, expected a sequence (field `argv`)'],
    ['process/start', { ...start, env: { A: 1 } }, 'invalid type: number, expected a string (field `env.A`)'],
    [
      'process/start',
      { ...start, argv: ['a', null] },
      'invalid type: null, expected a string (field `argv.1`)',
    ],
    [
      'process/start',
      { ...start, pipeStdin: null },
      'invalid type: null, expected a boolean (field `pipeStdin`)',
    ],
    ['process/start', { ...start, sandbox: {} }, 'missing field `permissions`'],
    ['process/start', { ...start, envPolicy: { inherit: 'none' } }, 'missing field `ignoreDefaultExcludes`'],
    ['process/read', undefined, 'invalid type: undefined, expected a map'],
    ['process/read', [1], 'invalid type: sequence, expected a map'],
    ['process/read', { processId: 'p', afterSeq: -1 }, 'invalid number (field `afterSeq`)'],
    [
      'process/signal',
      { processId: 'p', signal: 'kill' },
      'unknown variant, expected `interrupt` (field `signal`)',
    ],
    [
      'fs/open',
      { handleId: 'h', path: 'x', mode: 'a' },
      'unknown variant, expected one of `read`, `replace` (field `mode`)',
    ],
    ['fs/walk', { path: 'x' }, 'missing field `options`'],
    [
      'process/terminate',
      { processId: 'x'.repeat(1_025) },
      'longer than 1024 characters (field `processId`)',
    ],
  ])('of %s %j are refused with -32602', (method, params, message) => {
    expect(problem(method, params)).toEqual([-32602, message])
  })

  it('are never quoted', () => {
    expect(String(problem('process/start', { ...start, tty: 'hunter2' }))).not.toContain('hunter2')
  })
})

describe('parameters that are right', () => {
  it('may carry fields that nobody knows, and nulls where Codex sends them', () => {
    const params = { ...start, arg0: null, sandbox: null, managedNetwork: null, envPolicy: null, foo: 1 }
    expect(problem('process/start', params)).toMatchObject(start)
    expect(
      problem('process/read', { processId: 'p', afterSeq: null, waitMs: null, maxBytes: null }),
    ).toMatchObject({
      processId: 'p',
    })
  })

  it.each([undefined, null, {}])('of a request without parameters are %j', (params) => {
    expect(problem('environment/info', params)).toEqual(params)
  })
})
