import { afterEach, describe, expect, it } from 'vitest'
import { Codex, type CodexOptions } from '../../src/client/index.js'
import type { Transport } from '../../src/rpc/transport.js'
import { InvalidInputError } from '../../src/util/errors.js'
import { connectDouble, settle } from './support.js'

let codex: Codex | undefined
afterEach(() => codex?.close())

/** A transport that is scripted by the test. */
function transport(members: Partial<Transport>): Transport {
  return { start: async () => {}, send: () => {}, close: async () => {}, ...members }
}

describe('wrong options', () => {
  const wrong: [string, unknown][] = [
    ['onApproval', 'yes'],
    ['signal', {}],
    ['approvalTimeoutMs', 0],
    ['approvalTimeoutMs', '5'],
    ['requestTimeoutMs', -1],
    ['handshakeTimeoutMs', Number.NaN],
    ['interruptTimeoutMs', 2 ** 31],
    ['providerTimeoutMs', 0],
    ['maxInFlightRequests', 0],
    ['maxThreadRequests', 1.5],
    ['overloadRetries', -1],
    ['overloadRetries', '5'],
    ['stallTimeoutMs', 0],
    ['stallGraceMs', '60'],
    ['onStall', 'kill'],
    // Mistyped: everything would be declined without a word.
    ['onAproval', () => 'accept'],
    ['experimentalApi', 1],
    ['optOutNotifications', 'turn/started'],
    ['clientInfo', 'bot'],
  ]
  const nested: [string, CodexOptions][] = [
    ['clientInfo.name', { clientInfo: { name: '', version: '1' } }],
    ['clientInfo.version', { clientInfo: { name: 'x' } as never }],
    ['clientInfo.title', { clientInfo: { name: 'x', version: '1', title: 1 as never } }],
    ['optOutNotifications[1]', { optOutNotifications: ['a', ''] }],
    ['options', null as never],
    ['options', [] as never],
  ]
  const all: [string, unknown][] = [
    ...wrong.map(([name, value]): [string, unknown] => [name, { [name]: value }]),
    ...nested,
  ]

  it.each(all)(
    'of a client are refused by name, before anything is opened: %s in %j',
    async (option, options) => {
      let isStarted = false
      const untouched = transport({
        start: async () => {
          isStarted = true
        },
      })
      const refusal = { code: 'INVALID_INPUT', option }
      await expect(Codex.connect(untouched, options as CodexOptions)).rejects.toMatchObject(refusal)
      await expect(Codex.start(options as CodexOptions)).rejects.toMatchObject(refusal)
      expect(isStarted).toBe(false)
    },
  )

  it.each([
    ['binary', { binary: '' }],
    ['codexHome', { codexHome: 3 }],
    ['args', { args: 'x' }],
    ['args[1]', { args: ['a', 1] }],
    ['args[0]', { args: ['a\0b'] }],
    ['model', { model: 'gpt-5.5' }],
    ['env', { env: 'PATH=x' }],
    ['cwd', { cwd: 1 }],
    ['maxLineBytes', { maxLineBytes: 0 }],
    ['maxNoiseLines', { maxNoiseLines: -1 }],
    ['onStderr', { onStderr: 'x' }],
    ['stderrTailBytes', { stderrTailBytes: -1 }],
    ['inheritEnv', { inheritEnv: 'x' }],
  ])('of a start are refused by name: %s', async (option, options) => {
    await expect(Codex.start(options as never)).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
  })

  it.each([undefined, null, {}, { start: () => {}, send: () => {} }])(
    'a transport that is none is refused: %j',
    async (value) => {
      await expect(Codex.connect(value as never)).rejects.toMatchObject({ option: 'transport' })
    },
  )

  it('of threads, turns, requests and streams are refused by name, and nothing is sent', async () => {
    const { codex: connected, server, thread } = await connectDouble()
    codex = connected
    const before = server.received.length
    const option = (run: () => unknown) =>
      (async () => run())().then(
        () => 'accepted',
        (error: unknown) => (error instanceof InvalidInputError ? error.option : error),
      )
    const turn = (options: unknown) => () => thread.stream('hi', options as never)
    const open: [string, () => unknown][] = [
      ['options', () => connected.startThread(null as never)],
      ['cwd', () => connected.startThread({ cwd: '' })],
      ['model', () => connected.startThread({ model: 5 as never })],
      ['modelProvider', () => connected.startThread({ modelProvider: '' })],
      ['sandbox', () => connected.startThread({ sandbox: 'none' as never })],
      ['timeoutMs', () => connected.startThread({ timeoutMs: 0 })],
      ['signal', () => connected.startThread({ signal: 'x' as never })],
      ['threadId', () => connected.resumeThread('')],
      ['options', () => connected.resumeThread('t', 5 as never)],
      ['method', () => connected.requestUntyped('')],
      ['options', () => connected.request('model/list', {}, 5 as never)],
      ['timeoutMs', () => connected.request('model/list', {}, { timeoutMs: -5 })],
      ['filter', () => connected.notifications(5 as never)],
      ['methods', () => connected.notifications({ methods: 'x' as never })],
      ['methods[0]', () => connected.notifications({ methods: [5 as never] })],
      ['threadId', () => connected.notifications({ threadId: '' })],
      ['options', turn(null)],
      ['signal', turn({ signal: 5 })],
      ['timeoutMs', turn({ timeoutMs: 0 })],
      ['stallTimeoutMs', turn({ stallTimeoutMs: -1 })],
      ['cwd', turn({ cwd: '' })],
      ['model', turn({ model: 5 })],
      ['effort', turn({ effort: '' })],
      ['clientUserMessageId', turn({ clientUserMessageId: 5 })],
      ['output', turn({ output: {} })],
      ['outputSchema', turn({ outputSchema: { type: 'array' } })],
      ['outputSchema', turn({ output: {}, outputSchema: {} })],
      ['input', () => thread.stream('')],
      ['input', () => thread.run(5 as never)],
      ['input', () => thread.send([])],
      ['timeoutMs', () => thread.send('hi', { timeoutMs: 0 })],
    ]
    const expected = open.map(([name]) => name)
    expect(await Promise.all(open.map(([, run]) => option(run)))).toEqual(expected)
    await settle()
    expect(server.received).toHaveLength(before)
  })
})
