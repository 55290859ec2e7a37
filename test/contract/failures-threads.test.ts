import { afterAll, beforeAll, expect, it } from 'vitest'
import { classifyFailure } from '../../src/failures/index.js'
import {
  type ModelStub,
  reply,
  type StubCodexHome,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'
import { RawAppServer } from './raw-app-server.js'

let stub: ModelStub
let home: StubCodexHome
let first: RawAppServer
/** Another process on the same home. */
let second: RawAppServer

beforeAll(async () => {
  stub = await startModelStub()
  home = await stubCodexHome(stub)
  first = await RawAppServer.start(home.env)
  second = await RawAppServer.start(home.env)
})

afterAll(async () => {
  await first?.[Symbol.asyncDispose]()
  await second?.[Symbol.asyncDispose]()
  await stub?.close()
  await home?.dispose()
})

async function startThread(ephemeral = false): Promise<string> {
  const { thread } = await first.request('thread/start', { ephemeral })
  return (thread as { id: string }).id
}

/** Starts a thread and runs a turn in it, after which it is on disk unless it is ephemeral. */
async function threadWithTurn(ephemeral = false): Promise<string> {
  const threadId = await startThread(ephemeral)
  stub.enqueue(reply.text('done'))
  await first.request('turn/start', { threadId, input: [{ type: 'text', text: 'go' }] })
  await first.until(({ method, params }) => method === 'turn/completed' && params?.threadId === threadId)
  return threadId
}

/** What the refusal of a request is classified as; its message must be the one that is expected. */
async function expectRefusal(
  server: RawAppServer,
  method: string,
  params: object,
  message: RegExp,
  hint: RegExp,
): Promise<void> {
  expect(classifyFailure(await server.call(method, params))).toMatchObject({
    kind: 'invalid-input',
    message: expect.stringMatching(message),
    retryable: false,
    retrySafety: 'rejected',
    hint: expect.stringMatching(hint),
    details: { rpcCode: -32600 },
  })
}

const NO_ROLLOUT = /^no rollout found for thread id /
const RESUMABLE = /^Only persisted threads with a user message can be resumed/

it.each(['thread/resume', 'thread/fork', 'thread/archive'])(
  'an unknown thread has no rollout for %s',
  async (method) => {
    const threadId = '00000000-0000-7000-8000-000000000000'
    await expectRefusal(first, method, { threadId }, NO_ROLLOUT, RESUMABLE)
  },
)

it('an unknown thread is no archived one', async () => {
  const threadId = '00000000-0000-7000-8000-000000000000'
  await expectRefusal(first, 'thread/unarchive', { threadId }, /no archived rollout found/, RESUMABLE)
})

it('an ephemeral thread cannot be resumed, even by the process that has it loaded', async () => {
  const threadId = await threadWithTurn(true)
  await expectRefusal(first, 'thread/resume', { threadId }, NO_ROLLOUT, RESUMABLE)
  await expectRefusal(second, 'thread/resume', { threadId }, NO_ROLLOUT, RESUMABLE)
})

it('a thread without a user message cannot be resumed', async () => {
  const threadId = await startThread()
  await expectRefusal(first, 'thread/resume', { threadId }, NO_ROLLOUT, RESUMABLE)
})

it('an archived thread asks to be unarchived, and then resumes', async () => {
  const threadId = await threadWithTurn()
  await first.request('thread/archive', { threadId })
  await expectRefusal(first, 'thread/resume', { threadId }, /is archived\. Run `codex/, /unarchive it first/)
  await first.request('thread/unarchive', { threadId })
  await first.request('thread/resume', { threadId })
})

it('a thread that one process has open has no second writer', async () => {
  const threadId = await threadWithTurn()
  await expectRefusal(
    second,
    'thread/resume',
    { threadId },
    /already has an active writer$/,
    /one process serve each CODEX_HOME/,
  )
})

it('a thread that this process has not resumed takes no turn', async () => {
  const threadId = await threadWithTurn()
  const input = [{ type: 'text', text: 'go' }]
  await expectRefusal(second, 'turn/start', { threadId, input }, /^thread not found/, /resume it first/)
})

it('a thread that is nowhere cannot be read', async () => {
  const threadId = '00000000-0000-7000-8000-000000000000'
  await expectRefusal(first, 'thread/read', { threadId }, /^thread not loaded/, /check the id and CODEX_HOME/)
})
