import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeAppServer, parseTranscript, record, replay } from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { failOnUnhandled } from '../../rpc/helpers.js'

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
