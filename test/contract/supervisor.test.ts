import { describe, expect, it } from 'vitest'
import { processesOf } from '../../scripts/soak-supervisor/verify.js'
import { lookUpProcess } from '../../src/process/process-identity.js'
import { inbox, type LogEvent, Supervisor, type SupervisorOptions } from '../../src/supervisor/index.js'
import { reply, startModelStub, stubCodexHome } from '../../src/testing/index.js'
import { launchAppServer } from '../../src/transports/app-server/launch.js'
import { freshFolder } from '../supervisor/folders.js'
import { startHost } from './supervisor-support.js'

async function openBench(options: SupervisorOptions = {}) {
  const stub = await startModelStub()
  const home = await stubCodexHome(stub)
  const directory = await freshFolder()
  const events: LogEvent[] = []
  const open = () =>
    Supervisor.open({
      directory,
      codexHome: home.path,
      env: home.env,
      restart: { minDelayMs: 1, maxDelayMs: 10 },
      logger: (event) => events.push(event),
      ...options,
    })
  return {
    stub,
    home,
    directory,
    events,
    open,
    async [Symbol.asyncDispose]() {
      await stub.close()
      await home.dispose()
    },
  }
}

/** Resolves with the first event of a type that is logged from now on. */
function nextEvent(supervisor: Supervisor, type: string): Promise<LogEvent> {
  return new Promise((resolve) => {
    const off = supervisor.subscribe((event) => {
      if (event.type !== type) return
      off()
      resolve(event)
    })
  })
}

describe('a supervisor of the real Codex', () => {
  it('settles the turn of a server that is killed, starts another and goes on with the thread', async () => {
    await using bench = await openBench()
    const { stub } = bench
    await using supervisor = await bench.open()
    await supervisor.start()
    const { sessionId, threadId } = await supervisor.createSession({ sandbox: 'read-only', model: 'gpt-5.5' })
    const blank = await supervisor.createSession({ sandbox: 'read-only' })
    stub.enqueue(reply.text('The first answer'))
    const first = await (await supervisor.createTurn({ sessionId, input: 'one' })).settled
    expect(first).toMatchObject({
      status: 'completed',
      text: 'The first answer',
      usage: { inputTokens: 100 },
    })

    const held = reply.hold(reply.text('never heard'))
    stub.enqueue(held)
    const cut = await supervisor.createTurn({ sessionId, input: 'two' })
    await held.reached
    const { pid } = supervisor.status().server
    const back = nextEvent(supervisor, 'session.thread-replaced')
    process.kill(pid as number, 'SIGKILL')
    expect(await cut.settled).toMatchObject({
      status: 'failed',
      failure: { kind: 'transport-closed-before-turn-completed' },
      diagnosis: { signal: 'SIGKILL', partialMessage: false, statusAtClose: 'running' },
    })
    await back
    held.release()

    stub.enqueue(reply.text('The third answer'))
    const third = await supervisor.createTurn({ sessionId, input: 'three' })
    expect(await third.settled).toMatchObject({ status: 'completed', text: 'The third answer' })
    expect(supervisor.getSession(sessionId)).toMatchObject({ threadId, status: 'idle', turns: 3 })
    expect(supervisor.getSession(blank.sessionId)).toMatchObject({ status: 'idle' })
    expect(supervisor.status().server).toMatchObject({ restarts: 1, state: 'ready' })
    // The model was asked three times: nothing was repeated.
    expect(stub.requests.map((request) => request.lastUserText)).toEqual(['one', 'two', 'three'])
    const after = supervisor.status().server.pid as number
    expect(after).not.toBe(pid)
    await supervisor.close()
    expect((await lookUpProcess(after)).isRunning).toBe(false)
  })

  it('goes on after its program was killed in the middle of a turn and a run', async () => {
    await using bench = await openBench()
    const { stub, home, directory } = bench
    const held = reply.hold(reply.text('never heard'))
    stub.when((request) => request.lastUserText === 'second').always(held)
    const run = reply.hold(reply.text('never heard'))
    stub.when((request) => request.lastUserText === 'third').always(run)
    await using host = startHost([directory, JSON.stringify({ codexHome: home.path })], home.env)
    const { server } = await host.next()
    const { threadId } = await host.next()
    expect(await host.next()).toEqual({ first: 'completed' })
    const { turn, turnId } = await host.next()
    expect(await host.next()).toEqual({ run: 'running' })
    await Promise.all([held.reached, run.reached])
    await host.kill()

    await using supervisor = await bench.open()
    expect(supervisor.getRun('job')).toMatchObject({ status: 'failed', failure: { phase: 'exec' } })
    await supervisor.start()
    expect(supervisor.getTurn(turn as string)).toMatchObject({
      status: 'failed',
      turnId,
      failure: { kind: 'transport-closed-before-turn-completed', retrySafety: 'side-effects-possible' },
    })
    expect(supervisor.getSession('main')).toMatchObject({ status: 'idle', threadId, turns: 2 })
    expect((await lookUpProcess(server as number)).isRunning).toBe(false)
    // Neither is the process of the run.
    if (process.platform === 'linux') {
      expect(processesOf(home.path)).toEqual([supervisor.status().server.pid])
    }
    held.release()
    run.release()
    const next = await supervisor.createTurn({ sessionId: 'main', input: 'fourth' })
    expect((await next.settled).status).toBe('completed')
    expect(stub.requests.map((request) => request.lastUserText).sort()).toEqual([
      'first',
      'fourth',
      'second',
      'third',
    ])
    const seqs: number[] = []
    const { lastEventSeq } = supervisor.status()
    for await (const event of supervisor.events({ after: 0 })) {
      if ('gap' in event && event.gap) throw new Error('events are missing')
      seqs.push((event as LogEvent).seq)
      if (seqs.length === lastEventSeq) break
    }
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
  })

  it('follows a turn to its end that a killed program has begun on an external server', async () => {
    await using bench = await openBench()
    const { stub, home, directory } = bench
    await using server = await launchAppServer({ listen: 'ws://127.0.0.1:0', env: home.env })
    const external = { strategy: 'external', endpoint: server.url.replace('ws:', 'http:') } as const
    const held = reply.hold(reply.text('The second answer'))
    stub.when((request) => request.lastUserText === 'second').always(held)
    await using host = startHost(
      [directory, JSON.stringify({ server: external, codexHome: home.path })],
      home.env,
    )
    expect(await host.next()).toEqual({ server: null })
    await host.next()
    await host.next()
    const { turn } = await host.next()
    await held.reached
    await host.kill()

    await using supervisor = await Supervisor.open({ directory, codexHome: home.path, server: external })
    await supervisor.start()
    expect(supervisor.getSession('main')).toMatchObject({ status: 'running', endpoint: server.url })
    expect(supervisor.getTurn(turn as string)?.status).toBe('running')
    const settled = nextEvent(supervisor, 'turn.settled')
    held.release()
    await settled
    expect(supervisor.getTurn(turn as string)?.status).toBe('completed')
    expect(supervisor.getSession('main')).toMatchObject({ status: 'idle', lastTurnStatus: 'completed' })
  })

  it('answers an approval after the program was killed that had been asked for it', async () => {
    await using bench = await openBench()
    const { stub, home, directory } = bench
    await using server = await launchAppServer({ listen: 'ws://127.0.0.1:0', env: home.env })
    const external = { strategy: 'external', endpoint: server.url } as const
    // The run of the program may ask the model too before it is killed.
    stub
      .when((request) => request.lastUserText === 'second')
      .reply(
        reply.execCommand('echo allowed', { escalate: 'It must.', callId: 'call' }),
        reply.text('The command has run'),
      )
    const options = { server: external, codexHome: home.path, asks: true }
    await using host = startHost([directory, JSON.stringify(options)], home.env)
    const said: Record<string, unknown> = {}
    while (said.approval === undefined || said.turn === undefined) Object.assign(said, await host.next())
    await host.kill()

    await using supervisor = await Supervisor.open({
      directory,
      codexHome: home.path,
      server: external,
      approvals: inbox(),
    })
    const parked = nextEvent(supervisor, 'approval.parked')
    await supervisor.start()
    expect((await parked).detail).toMatchObject({ id: said.approval })
    const settled = nextEvent(supervisor, 'turn.settled')
    await supervisor.answerApproval(said.approval as string, 'accept')
    await settled
    expect(supervisor.getTurn(said.turn as string)).toMatchObject({
      status: 'completed',
      text: 'The command has run',
    })
    // Once for the command and once with what it printed: nothing was repeated.
    const asked = stub.requests.filter((request) => request.lastUserText === 'second')
    expect(asked).toHaveLength(2)
    expect(asked[1]?.toolOutput('call')?.text).toContain('allowed')
  })
})
