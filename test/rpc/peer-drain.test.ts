import { expect, it } from 'vitest'
import { deferred } from '../../src/util/deferred.js'
import { failOnUnhandled, ManualTransport, macrotask, manualPeer } from './helpers.js'

/** A transport that asks to wait for what the test settles. */
async function fullPeer() {
  const transport = new ManualTransport()
  const waits = [deferred<void>()]
  transport.send = () => waits.at(-1)?.promise
  const { peer } = await manualPeer({}, transport)
  return { peer, waits, transport }
}

it('a peer whose transport keeps up has nothing to wait for', async () => {
  const { peer } = await manualPeer()
  peer.notify('tick')
  expect(peer.drained).toBeUndefined()
})

it.each(['a request', 'a notification'])(
  'tells after %s that the other side must drain first',
  async (what) => {
    const { peer, waits } = await fullPeer()
    if (what === 'a request') peer.request('ask').catch(() => {})
    else void peer.notify('tick')
    const { drained } = peer
    expect(drained).toBeInstanceOf(Promise)
    void peer.notify('tick')
    expect(peer.drained).toBe(drained)
    waits[0]?.resolve()
    await drained
    expect(peer.drained).toBeUndefined()
  },
)

it('waits for the newest of several promises', async () => {
  const { peer, waits } = await fullPeer()
  void peer.notify('tick')
  const first = peer.drained
  const second = deferred<void>()
  waits.push(second)
  void peer.notify('tick')
  waits[0]?.resolve()
  await first
  expect(peer.drained).not.toBeUndefined()
  second.resolve()
  await peer.drained
  expect(peer.drained).toBeUndefined()
})

it('takes a promise that rejects for drained', async () => {
  failOnUnhandled()
  const { peer, waits } = await fullPeer()
  void peer.notify('tick')?.catch(() => {})
  const { drained } = peer
  waits[0]?.reject(new Error('broken'))
  await expect(drained).resolves.toBeUndefined()
  expect(peer.drained).toBeUndefined()
  await macrotask()
})
