import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { readSupervisorSoakOptions } from '../../scripts/soak-supervisor/options.js'
import { processesOf, verify } from '../../scripts/soak-supervisor/verify.js'
import { memoryStore, Supervisor, type SupervisorKinds } from '../../src/supervisor/index.js'

const AT = '2026-01-01T00:00:00.000Z'

function storeWith(status: 'running' | 'completed') {
  const store = memoryStore<SupervisorKinds>()
  const open = store.open.bind(store)
  store.open = async () => {
    await open()
    const common = { sessionId: 's', threadId: 't', inputSummary: '', steers: 0, retries: 0 }
    await store.put('turn', 'a', { id: 'a', status, ...common, createdAt: AT, updatedAt: AT })
  }
  return store
}

describe('what the soak of the supervisor finds', () => {
  it('is nothing where all has ended', async () => {
    await using supervisor = await Supervisor.open({ store: storeWith('completed') })
    expect(await verify(supervisor)).toMatchObject({ turns: { completed: 1 }, problems: [] })
  })

  it('is a turn that has not ended', async () => {
    await using supervisor = await Supervisor.open({ store: storeWith('running') })
    expect((await verify(supervisor)).problems).toEqual(['turn a is running'])
  })

  it('are events that are missing', async () => {
    await using supervisor = await Supervisor.open({ eventLog: { recentEvents: 2 } })
    for (const sessionId of ['a', 'b', 'c']) await supervisor.registerSession({ sessionId })
    expect((await verify(supervisor)).problems).toEqual(['events 1 to 2 are missing'])
  })

  it.runIf(process.platform === 'linux')('is a process that is left with the Codex home', async () => {
    const home = `/nowhere/${process.pid}`
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6); console.log(1)'], {
      env: { ...process.env, CODEX_HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    try {
      await once(child.stdout, 'data')
      expect(processesOf(home)).toEqual([child.pid])
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    expect(processesOf(home)).toEqual([])
  })

  it('is not looked for with wrong options', () => {
    expect(readSupervisorSoakOptions(['--turns', '5'])).toMatchObject({ turns: 5, sessions: 32 })
    expect(() => readSupervisorSoakOptions(['--turns', 'many'])).toThrow(/turns/)
    expect(() => readSupervisorSoakOptions(['--wrong', '1'])).toThrow()
  })
})
