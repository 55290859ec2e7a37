import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../src/approvals/index.js'
import { Codex, type CodexOptions, type ConnectionRestored } from '../../src/client/index.js'
import { reply, startModelStub, stubCodexHome } from '../../src/testing/index.js'
import { launchAppServer } from '../../src/transports/app-server/launch.js'
import { webSocket } from '../../src/transports/websocket.js'
import { deferred } from '../../src/util/deferred.js'
import { readAll, readUntil } from './client-support.js'
import { cutProxy } from './cut-proxy.js'

/** A client that comes back to a real server, over a way that the test can break. */
async function startReconnectBench(options: CodexOptions = {}) {
  const workspace = await mkdtemp(join(tmpdir(), 'reconnect-'))
  const stub = await startModelStub()
  const home = await stubCodexHome(stub)
  const launch = (listen: string) => launchAppServer({ listen, env: home.env, cwd: workspace })
  let server = await launch('ws://127.0.0.1:0')
  const proxy = await cutProxy(server.url)
  const codex = await Codex.connect(() => webSocket(proxy.url), {
    reconnect: { minDelayMs: 20, maxDelayMs: 100 },
    ...options,
  })
  return {
    codex,
    stub,
    serverUrl: server.url,
    workspace,
    /** Breaks the way and resolves when the client is back. */
    async lose(meanwhile: () => unknown = () => {}): Promise<ConnectionRestored> {
      const restored = deferred<ConnectionRestored>()
      const remove = codex.on('connection.restored', restored.resolve)
      const lost = deferred<void>()
      const removeLost = codex.on('connection.lost', () => lost.resolve())
      proxy.refuse()
      proxy.cut()
      await lost.promise
      await meanwhile()
      proxy.allow()
      const how = await restored.promise
      remove()
      removeLost()
      return how
    },
    /** Ends the server and starts another at the same place, on the same home. */
    async restartServer() {
      const { url } = server
      await server.close()
      server = await launch(url)
    },
    async [Symbol.asyncDispose]() {
      await codex.close()
      await proxy[Symbol.asyncDispose]()
      await server.close()
      await stub.close()
      await home.dispose()
      await rm(workspace, { recursive: true, force: true })
    },
  }
}

describe('a client that lost its socket to the real Codex', () => {
  it('goes on with a turn that runs, and has what was said meanwhile in its result', async () => {
    await using bench = await startReconnectBench()
    const { codex, stub, lose } = bench
    const thread = await codex.startThread({ approvalPolicy: 'never' })
    const held = reply.hold(reply.text('after the break'))
    stub.enqueue(reply.execCommand('echo before'), held)
    const turn = thread.stream('go')
    const events = turn[Symbol.asyncIterator]()
    await readUntil(events, 'item.completed')
    await stub.waitForRequest(2)
    const { resumedThreads } = await lose()
    expect(resumedThreads).toEqual([thread.id])
    held.release()
    const result = await turn.result
    expect(result).toMatchObject({ status: 'completed', text: 'after the break' })
    expect(result.items.map(({ type }) => type)).toEqual(['userMessage', 'commandExecution', 'agentMessage'])
    stub.enqueue(reply.text('next'))
    expect((await thread.run('again')).text).toBe('next')
  })

  it('settles a turn that ended meanwhile, with the answer that it missed', async () => {
    await using bench = await startReconnectBench()
    const { codex, stub, lose } = bench
    const thread = await codex.startThread({ approvalPolicy: 'never' })
    const held = reply.hold(reply.text('said to nobody'))
    stub.enqueue(held)
    const turn = thread.stream('go')
    const events = readAll(turn)
    await stub.waitForRequest(1)
    // Another client sees the turn end.
    await using watcher = await Codex.connect(webSocket(bench.serverUrl))
    await watcher.resumeThread(thread.id)
    const ended = watcher.notifications({ methods: ['turn/completed'] })[Symbol.asyncIterator]()
    await lose(() => {
      held.release()
      return ended.next()
    })
    const result = await turn.result
    expect(result).toMatchObject({ status: 'completed', text: 'said to nobody' })
    expect(result.items.map(({ type }) => type)).toEqual(['userMessage', 'agentMessage'])
    const types = (await events).map(({ type }) => type)
    expect(types).toEqual(
      expect.arrayContaining(['connection.lost', 'connection.restored', 'item.completed']),
    )
    expect((await events).at(-1)).toMatchObject({ type: 'turn.completed', status: 'completed' })
  })

  it('does not ask twice for an approval that is being decided', async () => {
    const asked: ApprovalRequest[] = []
    const answer = deferred<'accept'>()
    const first = deferred<void>()
    await using bench = await startReconnectBench({
      onApproval(request) {
        asked.push(request)
        first.resolve()
        return answer.promise
      },
    })
    const { codex, stub, lose, workspace } = bench
    const thread = await codex.startThread({ approvalPolicy: 'on-request', sandbox: 'read-only' })
    stub.enqueue(reply.execCommand('echo allowed', { escalate: 'please' }), reply.text('done'))
    const turn = thread.stream('go', { cwd: workspace })
    await first.promise
    await lose()
    answer.resolve('accept')
    const result = await turn.result
    expect(result).toMatchObject({ status: 'completed', text: 'done' })
    expect(asked).toHaveLength(1)
    expect(result.items).toContainEqual(
      expect.objectContaining({ type: 'commandExecution', status: 'completed', exitCode: 0 }),
    )
  })

  it('settles the turn of an ephemeral thread, which cannot be resumed, and tells which was lost', async () => {
    await using bench = await startReconnectBench()
    const { codex, stub, lose } = bench
    const ephemeral = await codex.startThread({ ephemeral: true })
    const empty = await codex.startThread()
    const held = reply.hold(reply.text('never heard'))
    stub.enqueue(held)
    const turn = ephemeral.stream('go')
    await stub.waitForRequest(1)
    const { lostThreads } = await lose()
    expect(lostThreads.map(({ threadId }) => threadId).sort()).toEqual([ephemeral.id, empty.id].sort())
    expect(await turn.result).toMatchObject({
      status: 'failed',
      failure: { kind: 'transport-closed-before-turn-completed' },
    })
    held.release()
  })

  it('comes back to a server that was started anew: its turn is over, its thread goes on', async () => {
    await using bench = await startReconnectBench()
    const { codex, stub, lose, restartServer } = bench
    const thread = await codex.startThread({ sandbox: 'workspace-write', approvalPolicy: 'never' })
    const held = reply.hold(reply.text('never heard'))
    stub.enqueue(reply.text('first'), held)
    expect((await thread.run('one')).text).toBe('first')
    const turn = thread.stream('two')
    await stub.waitForRequest(2)
    await lose(restartServer)
    held.release()
    const { status, failure } = await turn.result
    expect(status).not.toBe('completed')
    expect(failure).toBeDefined()
    stub.enqueue(reply.text('third'))
    expect((await thread.run('three')).text).toBe('third')
    const info = await codex.request('thread/resume', { threadId: thread.id, excludeTurns: true })
    expect(info).toMatchObject({ sandbox: { type: 'workspaceWrite' }, approvalPolicy: 'never' })
  })
})
