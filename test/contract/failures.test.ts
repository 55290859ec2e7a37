import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { classifyFailure, type Failure } from '../../src/failures/index.js'
import {
  type ModelStub,
  type Reply,
  reply,
  type StubCodexHome,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'
import { failedConnection, HTTP_ROWS, STREAM_ROWS } from './provider-rows.js'
import { RawAppServer, type RawMessage } from './raw-app-server.js'

const SECRET = `sk-${'proj'}-${'a1B2c3D4'.repeat(6)}`

/** A provider beside the stub's own; retries are off unless said otherwise. */
function provider(name: string, url: string, more = ''): string {
  return `[model_providers.${name}]
name = "${name}"
base_url = "${url}"
wire_api = "responses"
supports_websockets = false
${more || 'request_max_retries = 0\nstream_max_retries = 0'}
`
}

let stub: ModelStub
let home: StubCodexHome
let server: RawAppServer

beforeAll(async () => {
  stub = await startModelStub()
  const extraToml = [
    // Port 1 is reserved and nothing listens there.
    provider('refusing', 'http://127.0.0.1:1/v1'),
    provider('keyless', stub.url, 'env_key = "CONDUIT_TEST_KEY_THAT_IS_NOT_SET"'),
    provider('retrying', stub.url, 'request_max_retries = 0\nstream_max_retries = 1'),
  ].join('')
  home = await stubCodexHome(stub, { extraToml })
  server = await RawAppServer.start(home.env)
})

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await stub?.close()
  await home?.dispose()
})

beforeEach(() => stub.reset())

async function startThread(modelProvider?: string): Promise<string> {
  const { thread } = await server.request('thread/start', {
    ephemeral: true,
    ...(modelProvider === undefined ? {} : { modelProvider }),
  })
  return (thread as { id: string }).id
}

/** Runs a turn to its end; returns the params of its `turn/completed`. */
async function runTurn(threadId: string): Promise<RawMessage['params']> {
  const input = [{ type: 'text', text: 'go' }]
  await server.request('turn/start', { threadId, input })
  const end = await server.until(
    ({ method, params }) => method === 'turn/completed' && params?.threadId === threadId,
  )
  return end.params
}

async function failureOf(answer: Reply | undefined, modelProvider?: string): Promise<Failure> {
  if (answer !== undefined) stub.enqueue(answer)
  return classifyFailure(await runTurn(await startThread(modelProvider)), { sideEffectsPossible: false })
}

describe('a provider that refuses', () => {
  it.each(HTTP_ROWS)('%s', async (_cause, answer, expected) => {
    expect(await failureOf(answer)).toMatchObject({ ...expected, phase: 'turn', retrySafety: 'rejected' })
  })
})

describe('a provider that fails in mid-stream', () => {
  it.each(STREAM_ROWS)('%s', async (_cause, answer, expected) => {
    expect(await failureOf(answer)).toMatchObject({ ...expected, phase: 'turn', retrySafety: 'rejected' })
  })
})

it('removes the key that a provider repeats', async () => {
  const { message } = await failureOf(reply.httpError(401, { message: `Incorrect API key: ${SECRET}` }))
  expect(message).toContain('401 Unauthorized')
  expect(message).not.toContain(SECRET.slice(8, 24))
})

it('recognises a provider that nobody serves', async () => {
  expect(await failureOf(undefined, 'refusing')).toMatchObject({
    kind: 'provider-unavailable',
    codexErrorInfo: failedConnection(null),
    retryable: true,
  })
})

it('recognises a key that is not set', async () => {
  expect(await failureOf(undefined, 'keyless')).toMatchObject({
    kind: 'secret-unavailable',
    retryable: false,
  })
})

it('recognises an error after which Codex tries again, and the turn that then succeeds', async () => {
  stub.enqueue(reply.cut(reply.text('lost'), { afterEvents: 1 }), reply.text('found'))
  const threadId = await startThread('retrying')
  expect(await runTurn(threadId)).toMatchObject({ turn: { status: 'completed', error: null } })
  const notice = await server.until(
    ({ method, params }) => method === 'error' && params?.threadId === threadId,
  )
  expect(classifyFailure(notice.params)).toMatchObject({
    kind: 'provider-unavailable',
    message: expect.stringContaining('Reconnecting... 1/1 ('),
    details: { willRetry: true, additionalDetails: expect.stringContaining('stream disconnected') },
  })
})

it('recognises a turn that was interrupted', async () => {
  const held = reply.hold(reply.text('never'), { afterEvents: 1 })
  stub.enqueue(held)
  const threadId = await startThread()
  const input = [{ type: 'text', text: 'go' }]
  const { turn } = await server.request('turn/start', { threadId, input })
  await held.reached
  await server.request('turn/interrupt', { threadId, turnId: (turn as { id: string }).id })
  const end = await server.until(
    ({ method, params }) => method === 'turn/completed' && params?.threadId === threadId,
  )
  expect(classifyFailure(end.params)).toMatchObject({ kind: 'turn-interrupted', phase: 'turn' })
})

const unknownThread = '00000000-0000-7000-8000-000000000000'
const text = (value: string) => [{ type: 'text', text: value }]

describe('the app-server refuses', () => {
  it.each([
    ['an unknown method', 'no/such', {}, 'backend-protocol-error', /update Codex/],
    ['a missing field', 'thread/read', {}, 'invalid-input', /Correct/],
    ['an unknown value', 'thread/start', { approvalPolicy: 'perhaps' }, 'invalid-input', /Correct/],
    [
      'a second handshake',
      'initialize',
      { clientInfo: { name: 'x', version: '1' } },
      'backend-protocol-error',
      /once/,
    ],
    ['an unknown thread', 'thread/resume', { threadId: unknownThread }, 'invalid-input', /resumed/],
    [
      'a turn of an unknown thread',
      'turn/start',
      { threadId: unknownThread, input: [] },
      'invalid-input',
      /id/,
    ],
  ] as const)('%s', async (_title, method, params, kind, hint) => {
    const response = await server.call(method, params)
    expect(classifyFailure(response)).toMatchObject({
      kind,
      retryable: false,
      retrySafety: 'rejected',
      hint: expect.stringMatching(hint),
    })
  })

  it('input for a turn that does not run', async () => {
    const threadId = await startThread()
    const params = { threadId, input: text('more'), expectedTurnId: 'none' }
    expect(classifyFailure(await server.call('turn/steer', params))).toMatchObject({
      kind: 'invalid-input',
      hint: expect.stringContaining('start a new turn'),
    })
  })

  it('input that is too long', async () => {
    const threadId = await startThread()
    const params = { threadId, input: text('x'.repeat(1_048_577)) }
    expect(classifyFailure(await server.call('turn/start', params))).toMatchObject({
      kind: 'invalid-input',
      details: { rpcCode: -32602, rpcData: { input_error_code: 'input_too_large', max_chars: 1_048_576 } },
    })
  })
})
