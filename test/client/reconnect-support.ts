import { vi } from 'vitest'
import { Codex, type CodexOptions, type ConnectionRestored } from '../../src/client/index.js'
import type { CloseReason, Transport } from '../../src/rpc/transport.js'
import { memoryPair } from '../../src/transports/memory.js'
import { AppServerDouble, readAll, settle, THREAD } from './support.js'

/** Does something to the double of each connection, which are counted from 0, before it starts. */
export type Prepare = (server: AppServerDouble, which: number) => void

/** A client whose connections are made anew, each to a double of its own. */
export async function lasting(options: CodexOptions = {}, prepare: Prepare = () => {}) {
  const servers: AppServerDouble[] = []
  const connect = vi.fn(async (): Promise<Transport> => {
    const [near, far] = memoryPair()
    const server = new AppServerDouble(far)
    server.handle('thread/turns/list', () => ({ data: [{ id: 'turn-1', status: 'inProgress', items: [] }] }))
    prepare(server, servers.length)
    servers.push(server)
    await server.start()
    return near
  })
  const codex = await Codex.connect(connect, { reconnect: true, ...options })
  const lost: CloseReason[] = []
  const restored: ConnectionRestored[] = []
  codex.on('connection.lost', (reason) => lost.push(reason))
  codex.on('connection.restored', (how) => restored.push(how))
  const at = (which: number) => servers[which] as AppServerDouble
  /** Breaks the connection and waits for the next. */
  const breakOff = async () => {
    await at(servers.length - 1).close()
    await settle()
  }
  return { codex, connect, servers, at, lost, restored, breakOff }
}

/** The same with a turn that runs and has told an item. */
export async function running(options: CodexOptions = {}, prepare: Prepare = () => {}) {
  const bench = await lasting(options, prepare)
  const thread = await bench.codex.startThread()
  const turn = thread.stream('hi')
  const events = readAll(turn)
  const [first] = [bench.at(0)]
  await first.call('turn/start')
  first.tell('turn/started', 'turn-1')
  first.say('turn-1', 'hello')
  await settle()
  return { ...bench, thread, turn, events }
}

/** The request of an approval that the tests ask for. */
export const APPROVAL = 'item/commandExecution/requestApproval'
export const approvalParams = {
  threadId: THREAD,
  turnId: 'turn-1',
  itemId: 'call-1',
  startedAtMs: 0,
  command: 'make',
  cwd: '/w',
  availableDecisions: ['accept', 'cancel'],
}
/** The answer to a resume: the thread is active, and waits for what the flags say. */
export const active = (...activeFlags: string[]) => ({
  thread: { id: THREAD, status: { type: 'active', activeFlags } },
})
