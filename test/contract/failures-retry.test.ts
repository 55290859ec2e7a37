import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { runTurn } from '../../src/client/index.js'
import { type RetryAttempt, withRetry } from '../../src/failures/index.js'
import { locateCodex } from '../../src/process/index.js'
import {
  type ModelStub,
  reply,
  type StubCodexHome,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'

let stub: ModelStub
let home: StubCodexHome

beforeAll(async () => {
  stub = await startModelStub()
  home = await stubCodexHome(stub)
})

afterAll(async () => {
  await stub?.close()
  await home?.dispose()
})

beforeEach(() => stub.reset())

const run = () => runTurn({ prompt: 'go', env: home.env, command: locateCodex().path })
const policy = { maxAttempts: 2, minDelayMs: 1 }

it('repeats a run that resolves with a failure, and resolves with the run that completes', async () => {
  stub.enqueue(reply.httpError(503), reply.text('done'))
  const told: RetryAttempt[] = []
  const result = await withRetry(run, { ...policy, onRetry: (attempt) => told.push(attempt) })
  expect(result).toMatchObject({ status: 'completed', text: 'done' })
  expect(told).toMatchObject([
    {
      attempt: 1,
      failure: { kind: 'provider-overloaded', retrySafety: 'rejected' },
      value: { status: 'failed' },
    },
  ])
})

it('resolves with the last run when no attempt is left', async () => {
  stub.enqueue(reply.httpError(503), reply.httpError(503), reply.text('too late'))
  expect(await withRetry(run, policy)).toMatchObject({
    status: 'failed',
    failure: { kind: 'provider-overloaded' },
  })
  expect(stub.requests).toHaveLength(2)
})

it('does not repeat a run that no repeat can mend', async () => {
  stub.enqueue(reply.httpError(401), reply.text('too late'))
  expect(await withRetry(run, policy)).toMatchObject({ failure: { kind: 'provider-auth-failed' } })
  expect(stub.requests).toHaveLength(1)
})
