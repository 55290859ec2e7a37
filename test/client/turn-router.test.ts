import { describe, expect, it } from 'vitest'
import type { RunningTurn } from '../../src/client/running-turn.js'
import { TurnRouter } from '../../src/client/turn-router.js'
import type { ServerNotification } from '../../src/protocol/index.js'

/** A run that only writes down what it gets. */
function runOf(threadId: string) {
  const seen: unknown[] = []
  const receive = (message: ServerNotification) => void seen.push((message.params as { delta: string }).delta)
  const connectionClosed = () => undefined
  return { seen, run: { threadId, receive, connectionClosed } as unknown as RunningTurn<unknown> }
}

/** Made anew each time, as what comes off the wire is. */
function say(router: TurnRouter, threadId: string, delta: string): void {
  const params = { threadId: [...threadId].join(''), turnId: 't', itemId: 'i', delta }
  router.receive({ method: 'item/agentMessage/delta', params })
}

describe('the router of turns', () => {
  it('hands the deltas of threads that speak in turn to the run of each', () => {
    const router = new TurnRouter()
    const [one, two] = [runOf('one'), runOf('two')]
    router.register(one.run)
    router.register(two.run)
    for (const delta of ['a', 'b', 'c']) {
      for (const threadId of ['one', 'two', 'two', 'unknown']) say(router, threadId, delta)
    }
    expect(one.seen).toEqual(['a', 'b', 'c'])
    expect(two.seen).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
  })

  it('hands nothing to a run that was released, and all to the next of its thread', () => {
    const router = new TurnRouter()
    const [first, second, third] = [runOf('one'), runOf('one'), runOf('one')]
    router.register(first.run)
    say(router, 'one', 'a')
    router.release(first.run)
    say(router, 'one', 'lost')
    router.register(second.run)
    say(router, 'one', 'b')
    // Released late, when another has taken its place.
    router.register(third.run)
    router.release(second.run)
    say(router, 'one', 'c')
    expect([first.seen, second.seen, third.seen]).toEqual([['a'], ['b'], ['c']])
  })

  it('hands nothing to anybody once the connection has ended', async () => {
    const router = new TurnRouter()
    const { seen, run } = runOf('one')
    router.register(run)
    say(router, 'one', 'a')
    await router.connectionClosed({ kind: 'local', message: 'closed' })
    say(router, 'one', 'b')
    expect(seen).toEqual(['a'])
  })
})
