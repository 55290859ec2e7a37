import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Codex, UnsupportedMethodError } from '../../src/client/index.js'
import { appServerProcess } from '../../src/client/start.js'
import { classifyFailure, isRetryable } from '../../src/failures/index.js'
import { RpcError } from '../../src/rpc/index.js'
import { type ModelStub, type StubCodexHome, startModelStub, stubCodexHome } from '../../src/testing/index.js'
import type { StdioTransport } from '../../src/transports/stdio.js'

let stub: ModelStub
let home: StubCodexHome
let transport: StdioTransport
let codex: Codex

beforeAll(async () => {
  stub = await startModelStub()
  home = await stubCodexHome(stub)
  transport = appServerProcess({ env: home.env })
  codex = await Codex.connect(transport, { experimentalApi: false })
})

afterAll(async () => {
  await codex?.close()
  await stub?.close()
  await home?.dispose()
})

const request = (method: string, params: object): Promise<unknown> =>
  (codex.request as (method: string, params: object) => Promise<unknown>)(method, params).then(
    () => {
      throw new Error(`${method} was not refused`)
    },
    (error: unknown) => error,
  )

describe('without the experimental capability', () => {
  it.each([
    ['a method', 'mock/experimentalMethod', {}, 'mock/experimentalMethod'],
    ['a field', 'thread/start', { mockExperimentalField: 'x' }, 'thread/start.mockExperimentalField'],
  ])('%s that needs it is refused by name', async (_title, method, params, descriptor) => {
    const error = await request(method, params)
    expect(error).toBeInstanceOf(RpcError)
    expect(classifyFailure(error)).toMatchObject({
      kind: 'invalid-input',
      message: expect.stringContaining(`${descriptor} requires experimentalApi capability`),
      retryable: false,
      retrySafety: 'rejected',
      hint: expect.stringContaining('`experimentalApi`'),
      details: { rpcCode: -32600, method },
    })
  })
})

describe('a server that is too old', () => {
  it('refuses a method that it does not know, and no repeat helps', async () => {
    const error = await request('thread/inventedLater', {})
    expect(error).toBeInstanceOf(UnsupportedMethodError)
    const failure = classifyFailure(error)
    expect(failure).toMatchObject({
      kind: 'backend-protocol-error',
      phase: 'thread',
      retryable: false,
      retrySafety: 'rejected',
      hint: expect.stringContaining('update Codex'),
      details: { errorCode: 'UNSUPPORTED_METHOD', method: 'thread/inventedLater' },
    })
    expect(failure.message).toContain('thread/inventedLater')
    // The refusal itself lists every method there is; what is kept of it still says which one was unknown.
    const { cause } = error as Error
    expect(cause).toBeInstanceOf(RpcError)
    expect(classifyFailure(cause)).toMatchObject({
      kind: 'backend-protocol-error',
      message: expect.stringContaining('`thread/inventedLater`'),
      retrySafety: 'rejected',
    })
    expect(isRetryable(error)).toBe(false)
  })
})
