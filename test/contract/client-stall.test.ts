import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TurnStalledEvent } from '../../src/client/index.js'
import { reply } from '../../src/testing/index.js'
import { deferred } from '../../src/util/deferred.js'
import { type Bench, readAll, startBench } from './client-support.js'

let bench: Bench
beforeAll(async () => {
  bench = await startBench({ stallGraceMs: 50 })
})
afterAll(() => bench?.[Symbol.asyncDispose]())
beforeEach(() => bench.stub.reset())

describe('a stalled turn', () => {
  it('whose model is silent is interrupted and fails as stalled, and the thread can go on', async () => {
    const thread = await bench.codex.startThread()
    bench.stub.enqueue(reply.silence())
    const turn = thread.stream('hi', { stallTimeoutMs: 200 })
    const events = await readAll(turn)
    expect(await turn.result).toMatchObject({
      status: 'interrupted',
      failure: { kind: 'turn-stalled', retryable: true },
    })
    expect(events.filter((event) => event.type === 'turn.stalled')).toMatchObject([{ reason: 'silence' }])
    // Confirmed by Codex, and not settled by the deadline.
    expect(events.at(-1)?.raw).toMatchObject({ method: 'turn/completed' })
    expect((await thread.run('go on')).text).toBe('ok')
  })

  it.each([false, true])('whose command runs is told so, and goes on (ephemeral: %s)', async (ephemeral) => {
    // Whatever else is slow on this machine is no stall that ends the turn.
    const { codex } = await bench.restart({ stallGraceMs: 60_000 })
    await using client = codex
    const sandbox = 'danger-full-access'
    const thread = await client.startThread({ ephemeral, sandbox, approvalPolicy: 'never' })
    // It ends when the test says so.
    const command = 'until [ -e go-on ]; do sleep 0.1; done; rm go-on'
    bench.stub.enqueue(reply.execCommand(command), reply.text('built'))
    const turn = thread.stream('build', { stallTimeoutMs: 150, cwd: bench.workspace })
    const seen: TurnStalledEvent[] = []
    for await (const event of turn) {
      if (event.type !== 'turn.stalled' || !event.openItems) continue
      seen.push(event)
      await writeFile(join(bench.workspace, 'go-on'), '')
    }
    expect(seen[0]).toMatchObject({ reason: 'silence', openItems: [{ type: 'commandExecution' }] })
    expect(await turn.result).toMatchObject({ status: 'completed', text: 'built' })
  })

  it('that waits for an approval says so, and goes on with its decision', async () => {
    const decision = deferred<'decline'>()
    const { codex } = await bench.restart({ stallGraceMs: 60_000, onApproval: () => decision.promise })
    await using client = codex
    const thread = await client.startThread({ approvalPolicy: 'on-request', sandbox: 'read-only' })
    bench.stub.enqueue(reply.execCommand('echo hi', { escalate: 'why not' }))
    const turn = thread.stream('do it', { stallTimeoutMs: 150 })
    const seen: TurnStalledEvent[] = []
    for await (const event of turn) {
      // The status of the thread may tell it before the request has been read.
      if (event.type !== 'turn.stalled' || !event.pendingApprovals) continue
      seen.push(event)
      decision.resolve('decline')
    }
    expect(seen[0]).toMatchObject({ reason: 'waitingOnApproval', pendingApprovals: [{ kind: 'command' }] })
    expect((await turn.result).status).toBe('completed')
  })
})
