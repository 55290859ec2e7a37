import { beforeEach, expect, test } from 'vitest'
import { RpcError } from '../../src/rpc/index.js'
import { memoryPair } from '../../src/transports/memory.js'
import { deferred } from '../../src/util/deferred.js'
import { failOnUnhandled, macrotask, manualPeer } from './helpers.js'

beforeEach(failOnUnhandled)

const REFUSAL = { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid Request' } }

test('the answers of a batch travel together when the last is there', async () => {
  const { peer, transport, sent } = await manualPeer()
  const slow = deferred<string>()
  const seen: string[] = []
  peer.handle('slow', () => slow.promise)
  peer.handle('fast', () => 'fast')
  peer.listen('n', () => seen.push('n'))
  transport.deliver([
    { id: 1, method: 'slow' },
    { method: 'n' },
    { id: 2, method: 'fast' },
    { id: 3, method: 'unknown' },
    'nonsense',
  ])
  expect(seen).toEqual(['n'])
  await macrotask()
  expect(sent).toEqual([])
  slow.resolve('slow')
  await macrotask()
  expect(sent).toHaveLength(1)
  expect(sent[0]).toHaveLength(4)
  expect(sent[0]).toEqual(
    expect.arrayContaining([
      { jsonrpc: '2.0', id: 1, result: 'slow' },
      { jsonrpc: '2.0', id: 2, result: 'fast' },
      { jsonrpc: '2.0', id: 3, error: RpcError.methodNotFound('unknown').toWire() },
      REFUSAL,
    ]),
  )
})

test('an empty batch is one invalid message', async () => {
  const { transport, sent, errors } = await manualPeer()
  transport.deliver([])
  expect(sent).toEqual([REFUSAL])
  expect(errors).toHaveLength(1)
})

test('a batch of notifications, or of answers, owes nothing', async () => {
  const { peer, transport, sent, errors } = await manualPeer()
  const seen: unknown[] = []
  peer.listen('n', (params) => seen.push(params))
  transport.deliver([
    { method: 'n', params: 1 },
    { method: 'n', params: 2 },
  ])
  expect(seen).toEqual([1, 2])
  const results = [peer.request('a'), peer.request('b')]
  transport.deliver([
    { id: 2, result: 'b' },
    { id: 1, result: 'a' },
  ])
  expect(await Promise.all(results)).toEqual(['a', 'b'])
  await macrotask()
  expect(sent).toHaveLength(2)
  expect(errors).toEqual([])
})

test('members that came twice are answered once', async () => {
  const { peer, transport, sent } = await manualPeer()
  peer.handle('m', () => 1)
  transport.deliver([
    { id: 1, method: 'm' },
    { id: 1, method: 'm' },
  ])
  await macrotask()
  expect(sent).toEqual([[{ jsonrpc: '2.0', id: 1, result: 1 }]])
})

test('a member that is taken back is left out of the answers', async () => {
  const { peer, transport, sent } = await manualPeer()
  peer.handle('m', () => 1)
  peer.handle('never', () => new Promise(() => {}))
  const slow = deferred<number>()
  peer.handle('slow', () => slow.promise)
  transport.deliver([
    { id: 1, method: 'm' },
    { id: 2, method: 'slow' },
  ])
  transport.deliver([{ id: 3, method: 'slow' }])
  await macrotask()
  peer.withdraw(2)
  peer.withdraw(3)
  slow.resolve(2)
  await macrotask()
  expect(sent).toEqual([[{ jsonrpc: '2.0', id: 1, result: 1 }]])
})

test('invalid members go unanswered when so chosen, the others do not', async () => {
  const { peer, transport, sent, errors } = await manualPeer({ answerInvalidMessages: false })
  peer.handle('m', () => 1)
  transport.deliver([1, { id: 1, method: 'm' }, null])
  await macrotask()
  expect(sent).toEqual([[{ jsonrpc: '2.0', id: 1, result: 1 }]])
  expect(errors).toHaveLength(2)
})

test('one result that cannot be written does not cost the others their answer', async () => {
  const [left, right] = memoryPair()
  const { peer } = await manualPeer({}, right as never)
  peer.handle('fine', () => 'fine')
  peer.handle('big', () => 1n)
  const answers: unknown[] = []
  left.onmessage = (message) => answers.push(message)
  await left.start()
  left.send([
    { id: 1, method: 'fine' },
    { id: 2, method: 'big' },
  ])
  await macrotask()
  expect(answers).toEqual([
    [
      { jsonrpc: '2.0', id: 1, result: 'fine' },
      { jsonrpc: '2.0', id: 2, error: { code: -32603, message: 'Internal error' } },
    ],
  ])
})

test('a connection that ends while a batch is answered gets no answer', async () => {
  const { peer, transport, sent } = await manualPeer()
  const slow = deferred<number>()
  peer.handle('slow', () => slow.promise)
  transport.deliver([{ id: 1, method: 'slow' }])
  await macrotask()
  transport.end()
  slow.resolve(1)
  await macrotask()
  expect(sent).toEqual([])
})
