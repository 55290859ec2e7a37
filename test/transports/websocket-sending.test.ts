import { once } from 'node:events'
import type { Socket } from 'node:net'
import { beforeEach, expect, test } from 'vitest'
import { MessageEncodeError } from '../../src/rpc/index.js'
import { webSocket } from '../../src/transports/websocket.js'
import { failOnUnhandled } from '../rpc/helpers.js'
import { record } from './helpers.js'
import { serve } from './websocket-support.js'

beforeEach(failOnUnhandled)

const MIB = 1024 * 1024

/** A started transport and the server's end of it. */
async function connected(options = {}, serverOptions = {}) {
  let connection: Socket | undefined
  const server = await serve(
    (_, request) => {
      connection = request.socket
    },
    { maxPayload: 256 * MIB, ...serverOptions },
  )
  const transport = webSocket(server.url, options)
  const seen = record(transport)
  await transport.start()
  const socket = server.sockets[0] ?? expect.fail()
  return { transport, seen, socket, connection: connection ?? expect.fail() }
}

test('a message of 40 MiB arrives whole, in frames of at most 8 MiB', async () => {
  const { transport, socket, connection } = await connected()
  const frames: number[] = []
  const reader = frameReader((length) => frames.push(length))
  connection.prependListener('data', reader)
  const text = `${'x'.repeat(8 * MIB - 10)}éé${'y'.repeat(32 * MIB + 100)}`
  const received = once(socket, 'message')
  transport.send({ text })
  const [data, isBinary] = await received
  expect(isBinary).toBe(false)
  expect((JSON.parse(String(data)) as { text: string }).text === text).toBe(true)
  expect(frames.length).toBe(6)
  expect(Math.max(...frames)).toBe(8 * MIB)
})

test.each([
  ['15 MiB', 15 * MIB, 1],
  ['a byte more', 15 * MIB + 1, 2],
])('a message of %s leaves in one frame, or more', async (_, bytes, count) => {
  const { transport, socket, connection } = await connected()
  const frames: number[] = []
  connection.prependListener(
    'data',
    frameReader((length) => frames.push(length)),
  )
  const received = once(socket, 'message')
  transport.send({ text: 'é'.repeat(bytes / 2 - 6) + 'x'.repeat((bytes % 2) + 1) })
  expect(String((await received)[0]).length).toBeGreaterThan(0)
  expect(frames.reduce((sum, length) => sum + length, 0)).toBe(bytes)
  expect(frames).toHaveLength(count)
})

test('a message over the limit is an error of its sender, and the connection goes on', async () => {
  const { transport, socket, seen } = await connected()
  expect(() => transport.send({ text: 'é'.repeat(33 * MIB) })).toThrow(MessageEncodeError)
  expect(() => transport.send({ text: 'é'.repeat(33 * MIB) })).toThrow(
    /69206027 bytes, the limit is 67108864/,
  )
  const small = await connected({ maxSendBytes: 20 })
  expect(() => small.transport.send({ text: 'ééééé' })).toThrow('21 bytes')
  small.transport.send({ text: 'éééé' })
  const received = once(socket, 'message')
  transport.send({ ok: 1 })
  expect(String((await received)[0])).toBe('{"ok":1}')
  expect(seen.reasons).toEqual([])
})

test('what cannot be written, or not well-formed, harms nobody', async () => {
  const { transport, socket } = await connected()
  expect(() => transport.send({ big: 1n })).toThrow(MessageEncodeError)
  const received = once(socket, 'message')
  transport.send({ lone: '\ud800' })
  expect(String((await received)[0])).toBe('{"lone":"\\ufffd"}')
})

test('messages arrive in the order in which they were sent, whatever their size', async () => {
  const { transport, socket } = await connected()
  const order: number[] = []
  const all = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      order.push((JSON.parse(String(data)) as { n: number }).n)
      if (order.length === 6) resolve()
    })
  })
  for (const [n, size] of [1, 17 * MIB, 1, 1 * MIB, 16 * MIB, 1].entries()) {
    transport.send({ n, text: 'x'.repeat(size) })
  }
  await all
  expect(order).toEqual([0, 1, 2, 3, 4, 5])
})

test('a sender is asked to wait while the other side does not read, and freed when it does', async () => {
  const { transport, socket } = await connected()
  expect(transport.send({ small: 1 })).toBeUndefined()
  socket.pause()
  const waits: Promise<void>[] = []
  while (waits.length < 3) {
    const wait = transport.send({ text: 'x'.repeat(MIB) })
    if (wait) waits.push(wait)
  }
  socket.resume()
  await Promise.all(waits)
})

test('a sender that waits is freed when the connection ends', async () => {
  const { transport, socket, seen } = await connected()
  socket.pause()
  const waits: (void | Promise<void>)[] = []
  for (let count = 0; count < 20; count += 1) waits.push(transport.send({ text: 'x'.repeat(MIB) }))
  socket.terminate()
  await Promise.all(waits)
  expect((await seen.closed).kind).not.toBe('local')
})

/** Reads the lengths of a client's data frames from its bytes. */
function frameReader(onFrame: (length: number) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0)
  let skip = 0
  return (chunk) => {
    const from = Math.min(skip, chunk.length)
    skip -= from
    pending = Buffer.concat([pending, chunk.subarray(from)])
    while (pending.length >= 14) {
      const short = (pending[1] ?? 0) & 0x7f
      const extra = short === 127 ? 8 : short === 126 ? 2 : 0
      const length =
        extra === 8 ? Number(pending.readBigUInt64BE(2)) : extra === 2 ? pending.readUInt16BE(2) : short
      if (((pending[0] ?? 0) & 0x0f) <= 2) onFrame(length)
      const total = 2 + extra + 4 + length
      skip = Math.max(0, total - pending.length)
      pending = pending.subarray(Math.min(total, pending.length))
    }
  }
}
