import { once } from 'node:events'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { PassThrough, Readable, Writable } from 'node:stream'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  MessageParseError,
  NoiseLineError,
  OversizeMessageError,
  TransportClosedError,
} from '../../src/rpc/index.js'
import { type StreamsOptions, streams } from '../../src/transports/streams.js'
import { InvalidInputError } from '../../src/util/errors.js'
import { failOnUnhandled, macrotask } from '../rpc/helpers.js'
import { peerOver, record } from './helpers.js'

beforeEach(failOnUnhandled)

/** A started transport whose other side is the test. */
async function open(options: Partial<StreamsOptions> = {}) {
  const input = new PassThrough()
  const output = new PassThrough({ encoding: 'utf8' })
  const transport = streams({ readable: input, writable: output, ...options })
  const seen = record(transport)
  await transport.start()
  return { transport, seen, input, output }
}

/** Two ends of a socket on the loopback interface. */
async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const { port } = server.address() as { port: number }
  const near = connectSocket(port, '127.0.0.1')
  const far = await accepted
  server.close()
  onTestFinished(() => {
    near.destroy()
    far.destroy()
  })
  return [near, far]
}

function ended(stream: Readable | Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve()
    else stream.once('close', () => resolve())
  })
}

describe('messages', () => {
  test('travel both ways, one a line, those of a tick in one write', async () => {
    const { transport, seen, input, output } = await open()
    input.write('{"a":1}\n{"b"')
    input.write(':"é"}\n')
    await macrotask()
    expect(seen.messages).toEqual([{ a: 1 }, { b: 'é' }])
    transport.send({ c: 1 })
    transport.send({ d: 1 })
    await macrotask()
    expect(output.read()).toBe('{"c":1}\n{"d":1}\n')
  })

  test('are delivered from the start on, not before', async () => {
    const input = new PassThrough()
    const transport = streams({ readable: input, writable: new PassThrough() })
    const seen = record(transport)
    input.write('{"a":1}\n')
    await macrotask()
    expect(seen.messages).toEqual([])
    expect(() => transport.send({})).toThrow(TransportClosedError)
    await Promise.all([transport.start(), transport.start()])
    await macrotask()
    expect(seen.messages).toEqual([{ a: 1 }])
  })

  test('are read from streams of text as well', async () => {
    const input = new PassThrough({ encoding: 'utf8' })
    const { seen } = await open({ readable: input })
    const bytes = Buffer.from('{"a":"é"}\n')
    for (const byte of bytes) input.write(Buffer.of(byte))
    await macrotask()
    expect(seen.messages).toEqual([{ a: 'é' }])
  })

  test('two peers speak over a socket until one closes it', async () => {
    const [near, far] = await socketPair()
    const { peer: client } = await peerOver(streams({ readable: near, writable: near }))
    const { peer: server } = await peerOver(streams({ readable: far, writable: far }))
    server.handle('double', (n) => (n as number) * 2)
    const results = await Promise.all(Array.from({ length: 50 }, (_, n) => client.request('double', n)))
    expect(results).toEqual(Array.from({ length: 50 }, (_, n) => 2 * n))
    const gone = Promise.all([once(near, 'close'), once(far, 'close')])
    await client.close()
    expect(await server.closed).toMatchObject({ kind: 'remote', message: 'the other side ended the stream' })
    await server.close()
    await gone
    await macrotask()
    for (const socket of [near, far]) {
      const events = ['data', 'end', 'error', 'close', 'finish', 'drain']
      const left = events.filter((event) => event !== 'end' && socket.listenerCount(event) > 0)
      expect(left).toEqual([])
    }
  })
})

describe('lines that are no messages', () => {
  test('noise and lines over the limit are reported and skipped', async () => {
    const { seen, input } = await open({ maxLineBytes: 20, maxNoiseLines: 1 })
    input.write(`banner\n{"id":3,"result":"${'x'.repeat(30)}"}\n{"a":1}\n`)
    await macrotask()
    expect(seen.errors.map((error) => error.constructor)).toEqual([NoiseLineError, OversizeMessageError])
    expect(seen.messages).toEqual([{ a: 1 }])
    input.write('more\nthan one\n')
    expect(await seen.closed).toMatchObject({ kind: 'error', cause: { code: 'NOISE_LINE' } })
  })

  test('invalid JSON closes with the cause', async () => {
    const { seen, input, output } = await open()
    input.write('{"a":1}\n{"b":\n{"c":1}\n')
    const reason = await seen.closed
    expect(reason.kind).toBe('error')
    expect(reason.cause).toBeInstanceOf(MessageParseError)
    expect(seen.messages).toEqual([{ a: 1 }])
    output.resume()
    await Promise.all([ended(input), ended(output)])
  })

  test('invalid JSON is reported and skipped when so chosen, too much noise still closes', async () => {
    const { seen, input } = await open({ invalidJson: 'report', maxNoiseLines: 0 })
    input.write('{"a":1}\n{"b":\n{"c":1}\n')
    await macrotask()
    expect(seen.messages).toEqual([{ a: 1 }, { c: 1 }])
    expect(seen.errors).toMatchObject([{ code: 'MESSAGE_PARSE' }])
    input.write('noise\n')
    expect((await seen.closed).kind).toBe('error')
  })
})

describe('the end', () => {
  test('of the input closes with what it cut off, and ends the output', async () => {
    const { seen, input, output } = await open()
    input.end('{"a":1}\n{"b":')
    expect(await seen.closed).toEqual({
      kind: 'remote',
      message: 'the other side ended the stream',
      partialBytes: 5,
    })
    expect(seen.messages).toEqual([{ a: 1 }])
    output.resume()
    await Promise.all([ended(input), ended(output)])
  })

  test('of the input reads a last message that lacks its line feed', async () => {
    const { seen, input } = await open()
    input.end('{"a":1}')
    expect(await seen.closed).not.toHaveProperty('partialBytes')
    expect(seen.messages).toEqual([{ a: 1 }])
  })

  test('of an input that was over before the start is told too', async () => {
    const input = new PassThrough()
    input.destroy()
    await ended(input)
    const { seen } = await open({ readable: input })
    expect(await seen.closed).toMatchObject({ kind: 'remote' })
  })

  test('an input that breaks is an error', async () => {
    const { seen, input } = await open()
    input.destroy(new Error('connection reset'))
    expect(await seen.closed).toMatchObject({
      kind: 'error',
      message: 'reading failed: connection reset',
      cause: { message: 'connection reset' },
    })
  })

  test('an output that breaks is an error, its secrets removed', async () => {
    const { transport, seen, output } = await open()
    const secret = `sk-proj-${'Z9y8X7w6'.repeat(4)}`
    output.destroy(new Error(`refused ${secret}`))
    const reason = await seen.closed
    expect(reason).toMatchObject({ kind: 'error' })
    expect(reason.message).toContain('the other side no longer reads: refused')
    expect(reason.message).not.toContain('Z9y8')
    expect(() => transport.send({})).toThrow(TransportClosedError)
  })

  test('an output that somebody else ends is an error', async () => {
    const { seen, output } = await open()
    output.resume()
    output.end()
    expect(await seen.closed).toMatchObject({ kind: 'error', cause: { code: 'TRANSPORT_CLOSED' } })
  })

  test('the other side of a socket going away closes', async () => {
    const [near, far] = await socketPair()
    const seen = record(streams({ readable: near, writable: near }))
    const transport = streams({ readable: far, writable: far })
    const seenFar = record(transport)
    await transport.start()
    near.resetAndDestroy()
    expect((await seenFar.closed).kind).toBe('error')
    expect(seenFar.reasons).toHaveLength(1)
    expect(seen.reasons).toHaveLength(0)
  })
})

describe('close()', () => {
  test('sends what waits, ends the output, destroys the input and tells once', async () => {
    const { transport, seen, input, output } = await open()
    let text = ''
    output.on('data', (chunk: string) => {
      text += chunk
    })
    transport.send({ last: 1 })
    await Promise.all([transport.close(), transport.close()])
    expect(text).toBe('{"last":1}\n')
    expect([input.destroyed, output.destroyed, output.writableFinished]).toEqual([true, true, true])
    expect(seen.reasons).toEqual([{ kind: 'local', message: 'closed by this side' }])
    input.emit('data', Buffer.from('{"late":1}\n'))
    expect(seen.messages).toEqual([])
    await expect(transport.start()).rejects.toThrow(TransportClosedError)
  })

  test('destroys an output that takes nothing any more', async () => {
    const stuck = new Writable({ write: () => {} })
    const { transport } = await open({ writable: stuck, flushTimeoutMs: 20 })
    transport.send({ n: 1 })
    await transport.close()
    expect(stuck.destroyed).toBe(true)
  })

  test('before the start releases the streams too', async () => {
    const input = new PassThrough()
    const output = new PassThrough()
    const transport = streams({ readable: input, writable: output })
    const seen = record(transport)
    output.resume()
    await transport.close()
    expect([input.destroyed, output.destroyed]).toEqual([true, true])
    expect(seen.reasons).toHaveLength(1)
    await expect(transport.start()).rejects.toThrow(TransportClosedError)
  })

  test('errors that come while the streams go are nobody’s any more', async () => {
    const output = new Writable({
      write: (_chunk, _encoding, done) => done(),
      destroy: (_, done) => done(new Error('while it goes')),
    })
    const { transport, seen } = await open({ writable: output })
    await transport.close()
    await ended(output)
    expect(seen.reasons).toHaveLength(1)
  })
})

test.each([
  [undefined, 'readable'],
  [{}, 'readable'],
  [{ readable: Readable.from([]) }, 'writable'],
  [{ readable: Readable.from([]), writable: new PassThrough(), invalidJson: 'ignore' }, 'invalidJson'],
  [{ readable: Readable.from([]), writable: new PassThrough(), flushTimeoutMs: 0 }, 'flushTimeoutMs'],
  [{ readable: Readable.from([]), writable: new PassThrough(), maxLineBytes: 0 }, 'maxLineBytes'],
  [{ readable: Readable.from([]), writable: new PassThrough(), maxNoiseLines: -1 }, 'maxNoiseLines'],
  [{ readable: Readable.from([]), writable: new PassThrough(), maxLineByte: 5 }, 'maxLineByte'],
])('the options %# are refused, naming what is wrong', (options, option) => {
  expect(() => streams(options as never)).toThrow(InvalidInputError)
  expect(() => streams(options as never)).toThrow(expect.objectContaining({ option }))
})
