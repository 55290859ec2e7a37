import { beforeEach, describe, expect, it } from 'vitest'
import {
  createFakeAppServer,
  type FakeTurn,
  parseTranscript,
  record,
  replay,
} from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { failOnUnhandled } from '../../rpc/helpers.js'
import { startBench } from './support.js'

beforeEach(failOnUnhandled)

describe('what is mistyped in a test', () => {
  it('is named: settings of scripts, listeners, waits, recordings and replays', async () => {
    await using fake = createFakeAppServer()
    expect(() => fake.onTurn('a', () => {}, { time: 2 } as never)).toThrow(/`time`/)
    await expect(fake.listenWebSocket({ prot: 1 } as never)).rejects.toThrow(/`prot`/)
    await expect(fake.waitForRequest('a', { signal: 3 as never })).rejects.toThrow(/`signal`/)
    expect(() => record(memoryPair()[0], () => {}, { redcat: false } as never)).toThrow(/`redcat`/)
    const transcript = parseTranscript('{"transcript":1,"redacted":true}')
    expect(() => replay(transcript, { timming: 'recorded' } as never)).toThrow(/`timming`/)
  })
})

describe('a transport that a fake server is given', () => {
  it('must be one', async () => {
    await using fake = createFakeAppServer()
    await expect(fake.serve({} as never)).rejects.toThrow(/`transport`/)
    await expect(fake.serve(undefined as never)).rejects.toThrow(/`transport`/)
  })

  it('does not keep the server from closing when it throws', async () => {
    const fake = createFakeAppServer()
    const [near, far] = memoryPair()
    far.close = () => {
      throw new Error('broken')
    }
    await fake.serve(far)
    await fake.close()
    await near.close()
  })

  it('is forgotten when it cannot be opened', async () => {
    const fake = createFakeAppServer()
    const [, far] = memoryPair()
    far.start = () => Promise.reject(new Error('no way'))
    let closes = 0
    far.close = async () => {
      closes += 1
    }
    await expect(fake.serve(far)).rejects.toThrow('no way')
    await fake.close()
    expect(closes).toBe(0)
  })
})

describe('the pieces of a message', () => {
  it('are the characters of a text that is given for them', async () => {
    await using bench = await startBench((fake) => fake.onTurn((turn) => turn.say('abc', { chunks: 'abc' })))
    expect((await bench.thread.run('go')).text).toBe('abc')
    expect(bench.fake.errors).toEqual([])
  })

  it.each([
    ['a number', 3],
    ['a list with a number', ['a', 3]],
    [
      'numbers that come',
      (async function* () {
        yield 3
      })(),
    ],
  ])('cannot be %s: the turn fails and the error says so', async (_what, chunks) => {
    await using bench = await startBench((fake) =>
      fake.onTurn((turn) => turn.say('abc', { chunks: chunks as never })),
    )
    expect((await bench.thread.stream('go').result).status).toBe('failed')
    expect(bench.fake.errors.map(({ message }) => message)).toEqual([expect.stringMatching(/`chunks`/)])
  })
})

describe('a step of a script', () => {
  it.each<[string, (turn: FakeTurn) => Promise<unknown>]>([
    ['exitCode', (turn) => turn.runs('ls', { exitCode: '1' as never })],
    ['durationMs', (turn) => turn.runs('ls', { durationMs: -1 })],
    ['outputs', (turn) => turn.runs('ls', { outputs: 'a' } as never)],
    ['resaon', (turn) => turn.asksApproval({ command: 'ls', resaon: 'a' } as never)],
    ['inputTokens', (turn) => turn.usage({ inputTokens: -1 })],
    ['input', (turn) => turn.usage({ input: 1 } as never)],
  ])('names what is wrong: %s', async (name, script) => {
    await using bench = await startBench((fake) => fake.onTurn(script))
    expect((await bench.thread.stream('go').result).status).toBe('failed')
    expect(bench.fake.errors.map(({ message }) => message)).toEqual([expect.stringContaining(`\`${name}\``)])
  })
})
