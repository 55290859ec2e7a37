import { afterEach, describe, expect, it } from 'vitest'
import { type Codex, type CodexOptions, TurnNotRunningError } from '../../src/client/index.js'
import { RpcError } from '../../src/rpc/errors.js'
import { type AppServerDouble, connectDouble, settle } from './support.js'

let codex: Codex | undefined
afterEach(() => codex?.close())

async function connect(options?: CodexOptions, prepare?: (server: AppServerDouble) => void) {
  const connected = await connectDouble(options, prepare)
  codex = connected.codex
  return connected
}

describe('send', () => {
  it('steers the running turn once it has begun, and starts one when none runs', async () => {
    const { server, thread } = await connect()
    const first = await thread.send('one')
    const sending = thread.send('two')
    await server.call('turn/start')
    await settle()
    expect(server.calls('turn/steer')).toHaveLength(0)
    server.tell('turn/started', 'turn-1')
    const second = await sending
    expect(server.calls('turn/steer')[0]?.params).toMatchObject({ expectedTurnId: 'turn-1' })
    expect(second.id).toBe(first.id)
    server.complete('turn-1')
    await first.result
    const third = await thread.send('three')
    await server.call('turn/start', 2)
    server.complete('turn-2')
    expect((await third.result).turnId).toBe('turn-2')
  })

  it('starts a new turn when the running one ends under the steer', async () => {
    const { server, thread } = await connect({}, (double) =>
      double.handle('turn/steer', () => {
        double.complete('turn-1')
        throw new RpcError(-32600, 'no active turn to steer')
      }),
    )
    thread.stream('one')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    const turn = await thread.send('two')
    await server.call('turn/start', 2)
    server.complete('turn-2')
    expect(await turn.result).toMatchObject({ turnId: 'turn-2', status: 'completed' })
    expect(server.calls('turn/start').map((call) => call.params?.input)).toMatchObject([
      [{ text: 'one' }],
      [{ text: 'two' }],
    ])
  })

  it('gives up when Codex refuses the steer and does not end the turn either', async () => {
    const { server, thread } = await connect({ interruptTimeoutMs: 20 }, (double) =>
      double.handle('turn/steer', () => {
        throw new RpcError(-32600, 'expected active turn id `a` but found `b`')
      }),
    )
    thread.stream('one')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await expect(thread.send('two')).rejects.toBeInstanceOf(TurnNotRunningError)
    expect(server.calls('turn/start')).toHaveLength(1)
  })

  it('rejects with the refusal of Codex when it is for another reason', async () => {
    const { server, thread } = await connect({}, (double) =>
      double.handle('turn/steer', () => {
        throw new RpcError(-32600, 'cannot steer a compact turn')
      }),
    )
    const turn = thread.stream('one')
    await server.call('turn/start')
    server.tell('turn/started', 'turn-1')
    await expect(turn.steer('two')).rejects.toMatchObject({ code: 'RPC_ERROR' })
    await expect(thread.send('two')).rejects.toMatchObject({ code: 'RPC_ERROR' })
  })

  it('does not steer a turn that has ended, nor one that never began', async () => {
    const { server, thread } = await connect()
    const turn = thread.stream('one')
    await server.call('turn/start')
    server.complete('turn-1')
    await turn.result
    await expect(turn.steer('late')).rejects.toBeInstanceOf(TurnNotRunningError)
    server.handle('turn/start', () => {
      throw new RpcError(-32600, 'no')
    })
    await expect(thread.stream('two').steer('late')).rejects.toBeInstanceOf(TurnNotRunningError)
    expect(server.calls('turn/steer')).toHaveLength(0)
  })
})
