import { beforeEach, describe, expect, test } from 'vitest'
import { SpawnError } from '../../src/process/index.js'
import { TransportClosedError } from '../../src/rpc/index.js'
import { stdio } from '../../src/transports/stdio.js'
import { InvalidInputError } from '../../src/util/errors.js'
import { isRunning } from '../process/helpers.js'
import { failOnUnhandled, macrotask } from '../rpc/helpers.js'
import { peerOver, program, record, script } from './helpers.js'

beforeEach(failOnUnhandled)

describe('a child that works', () => {
  test('answers requests, and is gone after close() with all its handles', async () => {
    const before = await handles()
    const transport = program('stdio-echo')
    expect(transport.pid).toBeUndefined()
    const { peer, errors } = await peerOver(transport)
    const { pid } = transport
    expect(pid).toBeGreaterThan(0)
    const texts = ['a', 'é', '😀', '\u2028', 'x'.repeat(300_000)]
    expect(await Promise.all(texts.map((text) => peer.request('echo', { text })))).toEqual(
      texts.map((text) => ({ text })),
    )
    await peer.close()
    expect(await transport.exited).toEqual({ code: 0, signal: null })
    expect(await peer.closed).toEqual({ kind: 'local', message: 'closed by this side' })
    expect(isRunning(pid as number)).toBe(false)
    expect(errors).toEqual([])
    expect(await handles()).toEqual(before)
  })

  test('gets the messages of one tick in one write', async () => {
    const { peer } = await peerOver(program('stdio-echo'))
    const results = Array.from({ length: 100 }, (_, n) => peer.request('echo', n))
    await Promise.all(results)
    expect(await peer.request('chunks')).toHaveLength(2)
  })

  test('may write noise before its first message and keeps its error stream to itself', async () => {
    const lines: string[] = []
    const transport = script(
      [{ err: 'starting\n' }, { out: 'Welcome!\n[info] ready\n{"method":"hello"}\n' }, { wait: true }],
      { onStderr: (line) => lines.push(line) },
    )
    const seen = record(transport)
    const hello = new Promise((resolve) => {
      transport.onmessage = resolve
    })
    await transport.start()
    expect(await hello).toEqual({ method: 'hello' })
    expect(seen.errors.map((error) => 'code' in error && error.code)).toEqual(['NOISE_LINE', 'NOISE_LINE'])
    await transport.close()
    expect(lines).toEqual(['starting'])
    expect([transport.stderrBytes, transport.stderrTail()]).toEqual([9, 'starting\n'])
  })

  test('may answer at more length than allowed: that request rejects and the connection goes on', async () => {
    const transport = program('stdio-echo', [], { maxLineBytes: 1_000 })
    const { peer, errors } = await peerOver(transport)
    const [big, small] = [peer.request('echo', 'x'.repeat(5_000)), peer.request('echo', 'small')]
    await expect(big).rejects.toMatchObject({ code: 'MESSAGE_OVERSIZE', maxBytes: 1_000, responseId: 1 })
    expect(await small).toBe('small')
    expect(errors).toHaveLength(1)
  })
})

describe('the start', () => {
  test('fails for a program that does not exist, and tells so once', async () => {
    const transport = stdio({ command: '/nowhere/such-program' })
    const seen = record(transport)
    const starting = transport.start()
    expect(transport.start()).toBe(starting)
    await expect(starting).rejects.toThrow(SpawnError)
    expect(seen.reasons).toMatchObject([{ kind: 'error', cause: { code: 'SPAWN_FAILED' } }])
    expect(await transport.exited).toEqual({ code: null, signal: null })
    expect(transport.pid).toBeUndefined()
    expect(() => transport.send({})).toThrow(TransportClosedError)
    await transport.close()
    expect(seen.reasons).toHaveLength(1)
  })

  test('fails for an option that the process refuses, and tells so once', async () => {
    const transport = stdio({ command: process.execPath, args: [5 as never] })
    const seen = record(transport)
    await expect(transport.start()).rejects.toThrow(InvalidInputError)
    expect(seen.reasons).toMatchObject([{ kind: 'error', cause: { code: 'INVALID_INPUT' } }])
    expect(await transport.exited).toEqual({ code: null, signal: null })
    await transport.close()
  })

  test('happens once', async () => {
    const transport = program('stdio-echo')
    const starting = transport.start()
    expect(transport.start()).toBe(starting)
    await starting
    const { pid } = transport
    await transport.start()
    expect(transport.pid).toBe(pid)
  })

  test('is refused after close(), and nothing is spawned', async () => {
    const transport = program('stdio-echo')
    const seen = record(transport)
    await transport.close()
    await expect(transport.start()).rejects.toThrow(TransportClosedError)
    expect(transport.pid).toBeUndefined()
    expect(await transport.exited).toEqual({ code: null, signal: null })
    expect(seen.reasons).toEqual([{ kind: 'local', message: 'closed by this side' }])
  })

  test('is given up by close(), which ends the child', async () => {
    const transport = program('stdio-echo')
    const seen = record(transport)
    const starting = transport.start()
    const { pid } = transport
    const closing = transport.close()
    await expect(starting).rejects.toThrow('closed while starting')
    await closing
    expect(pid).toBeGreaterThan(0)
    expect(isRunning(pid as number)).toBe(false)
    expect(seen.reasons).toMatchObject([{ kind: 'local' }])
  })
})

describe('close()', () => {
  test('may be called often and at once', async () => {
    const transport = program('stdio-echo')
    const seen = record(transport)
    await transport.start()
    await Promise.all([transport.close(), transport.close()])
    await transport.close()
    expect(seen.reasons).toHaveLength(1)
    expect(await transport.exited).toEqual({ code: 0, signal: null })
    expect(() => transport.send({})).toThrow(TransportClosedError)
  })

  test('lets the child have what was sent just before', async () => {
    const lines: string[] = []
    const transport = program('stdio-echo', [], { onStderr: (line) => lines.push(line) })
    const { messages } = record(transport)
    await transport.start()
    transport.send({ not: 'read by the echo, which exits with 0 all the same' })
    await transport.close()
    expect(await transport.exited).toEqual({ code: 0, signal: null })
    expect(messages).toEqual([])
  })

  test('ends a child that ignores the end of its input', async () => {
    const transport = script([{ out: '{"method":"up"}\n' }, { hang: true }], {
      termination: { stdinGraceMs: 10, termGraceMs: 2_000 },
    })
    const seen = record(transport)
    await transport.start()
    const { pid } = transport
    await transport.close()
    expect(await transport.exited).toEqual({ code: null, signal: 'SIGTERM' })
    expect(isRunning(pid as number)).toBe(false)
    expect(seen.reasons).toHaveLength(1)
  })
})

test.each([
  [undefined, 'options'],
  [{}, 'command'],
  [{ command: '' }, 'command'],
  [{ command: 'x', maxLineBytes: 0 }, 'maxLineBytes'],
  [{ command: 'x', maxNoiseLines: 1.5 }, 'maxNoiseLines'],
  [{ command: 'x', termination: { stdinGraceMs: -1 } }, 'termination.stdinGraceMs'],
  [{ command: 'x', termination: 5 }, 'termination'],
  [{ command: 'x', termination: { termGrace: 5 } }, 'termination.termGrace'],
  [{ command: 'x', inheritEnvironment: false }, 'inheritEnvironment'],
])('the options %# are refused at once, naming what is wrong', (options, option) => {
  expect(() => stdio(options as never)).toThrow(InvalidInputError)
  expect(() => stdio(options as never)).toThrow(expect.objectContaining({ option }))
})

/** What children leave in this process. What has been closed is gone once the event loop has come round. */
async function handles(): Promise<string[]> {
  await macrotask()
  await macrotask()
  return process.getActiveResourcesInfo().filter((name) => /^(?:ProcessWrap|PipeWrap)$/.test(name))
}
