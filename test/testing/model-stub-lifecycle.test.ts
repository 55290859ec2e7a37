import { getEventListeners, once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ModelStub, type Reply, reply, startModelStub } from '../../src/testing/index.js'

let stub: ModelStub

beforeEach(async () => {
  stub = await startModelStub()
})
afterEach(() => stub.close())

function ask(scripted: Reply, signal?: AbortSignal): Promise<Response> {
  stub.enqueue(scripted)
  return fetch(`${stub.url}/responses`, { method: 'POST', body: '{}', ...(signal ? { signal } : {}) })
}

describe('waiting for a request', () => {
  it('resolves with one that has come and with one that is yet to come', async () => {
    await ask(reply.text('a'))
    const second = stub.waitForRequest(2)
    const matching = stub.waitForRequest((request) => request.serial === 1)
    await ask(reply.text('b'))
    expect((await stub.waitForRequest(1)).serial).toBe(0)
    expect((await second).reply?.label).toBe('text')
    expect(await matching).toBe(await second)
  })

  it('rejects when aborted and leaves no listener on the signal', async () => {
    const abort = new AbortController()
    const waiting = stub.waitForRequest(1, { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', cause: new Error('enough') })
    await expect(stub.waitForRequest(1, { signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' })

    const kept = new AbortController()
    const met = stub.waitForRequest(1, { signal: kept.signal })
    await ask(reply.text('a'))
    await met
    expect(getEventListeners(kept.signal, 'abort')).toEqual([])
  })

  it('rejects when the stub closes, and afterwards', async () => {
    const waiting = stub.waitForRequest()
    const closed = expect(waiting).rejects.toMatchObject({ code: 'MODEL_STUB_CLOSED' })
    await stub.close()
    await closed
    await expect(stub.waitForRequest()).rejects.toMatchObject({ code: 'MODEL_STUB_CLOSED' })
  })

  it('rejects with what the predicate throws', async () => {
    const waiting = stub.waitForRequest(() => {
      throw new Error('mistake')
    })
    const rejected = expect(waiting).rejects.toThrow('mistake')
    await ask(reply.text('a'))
    await rejected
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses %s as a count', async (which) => {
    await expect(stub.waitForRequest(which)).rejects.toMatchObject({ code: 'INVALID_INPUT', option: 'which' })
  })
})

describe('a stub', () => {
  it.each([
    [{ port: -1 }, 'port'],
    [{ fallbacks: 'x' }, 'fallbacks'],
    [[], 'options'],
  ])('is not started with the options %j', async (options, option) => {
    await expect(startModelStub(options as never)).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
  })
})

describe('a held reply', () => {
  it('sends nothing before it is released', async () => {
    const held = reply.hold(reply.httpError(503))
    const response = ask(held)
    const request = await held.reached
    expect(request.reply).toBe(held)
    held.release()
    expect((await response).status).toBe(503)
    expect(await request.ended).toBe('answered')
  })

  it('sends what precedes the held place', async () => {
    const held = reply.hold(reply.text('ab', { chunks: ['a', 'b'] }), { afterDeltas: 1 })
    const response = await ask(held)
    const decoder = new TextDecoder()
    let received = ''
    for await (const chunk of response.body ?? []) {
      received += decoder.decode(chunk as Uint8Array, { stream: true })
      if (received.includes('"delta":"a"') && !received.includes('"delta":"b"')) held.release()
    }
    expect(received).toContain('"delta":"b"')
    expect(received).toContain('response.completed')
  })

  it('is told when the requester leaves', async () => {
    const held = reply.hold(reply.text('late'), { afterEvents: 1 })
    const abort = new AbortController()
    const response = await ask(held, abort.signal)
    const body = expect(response.text()).rejects.toThrow()
    const request = await held.reached
    abort.abort()
    await body
    expect(await request.ended).toBe('abandoned')
    expect(stub.errors).toEqual([])
  })

  it('refuses a place that is no count', () => {
    expect(() => reply.hold(reply.text('a'), { afterDeltas: -1 })).toThrow(/afterDeltas/)
    expect(() => reply.cut(reply.text('a'), { afterEvents: 0.5 })).toThrow(/afterEvents/)
  })
})

describe('a cut reply', () => {
  it('ends the HTTP response properly without the rest of the events', async () => {
    const response = await ask(reply.cut(reply.text('a'), { how: 'end', afterDeltas: 1 }))
    const text = await response.text()
    expect(text).toContain('response.output_text.delta')
    expect(text).not.toContain('response.completed')
    expect(await stub.requests[0]?.ended).toBe('cut')
  })

  it.each(['close', 'reset'] as const)('can %s the socket in mid-stream', async (how) => {
    const response = await ask(reply.cut(reply.text('a'), { how, afterEvents: 2 }))
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    expect(await stub.requests[0]?.ended).toBe('cut')
  })

  it.each(['close', 'reset'] as const)('can %s the socket before any answer', async (how) => {
    await expect(ask(reply.cut(reply.text('a'), { how }))).rejects.toThrow()
    expect(await stub.requests[0]?.ended).toBe('cut')
  })

  it('is what a reply becomes whose own function throws', async () => {
    const pace = (delta: number) => {
      if (delta === 1) throw new Error('mistake')
    }
    const response = await ask(reply.text('ab', { chunks: ['a', 'b'], pace }))
    await expect(response.text()).rejects.toThrow()
    expect(await stub.requests[0]?.ended).toBe('cut')
    expect(stub.errors).toEqual([new Error('mistake')])
  })
})

describe('closing', () => {
  it('breaks off replies that never come, choosers that never choose, and idle connections', async () => {
    await (await ask(reply.text('a'))).text()
    const silent = ask(reply.silence())
    const silentRequest = await stub.waitForRequest(2)
    const chosen = new Promise<void>((resolve) => {
      stub.onRequest(() => {
        resolve()
        return new Promise(() => {})
      })
    })
    const undecided = ask(reply.text('unused'))
    await chosen
    const rejected = Promise.all([expect(silent).rejects.toThrow(), expect(undecided).rejects.toThrow()])
    await stub.close()
    await rejected
    expect(await silentRequest.ended).toBe('closed')
    expect(await stub.requests[2]?.ended).toBe('closed')
    expect(stub.errors).toEqual([])
  })

  it('breaks off connections that have not sent a whole request', async () => {
    const mute = connect(Number(new URL(stub.url).port), '127.0.0.1')
    const half = connect(Number(new URL(stub.url).port), '127.0.0.1')
    // The break may be a reset, which is an error before it is a close.
    for (const socket of [mute, half]) socket.on('error', () => {})
    const gone = Promise.all([once(mute, 'close'), once(half, 'close')])
    await Promise.all([once(mute, 'connect'), once(half, 'connect')])
    half.write('POST /v1/responses HTTP/1.1\r\nhost: stub\r\ncontent-length: 10\r\n\r\nabc')
    await (await ask(reply.text('a'))).text()
    await stub.close()
    await gone
    expect(stub.requests).toHaveLength(1)
    expect(stub.errors).toEqual([])
  })

  it('is idempotent, is what await using does, and refuses connections afterwards', async () => {
    expect(stub.close()).toBe(stub.close())
    await stub[Symbol.asyncDispose]()
    await expect(ask(reply.text('a'))).rejects.toThrow()
  })

  it('frees its port', async () => {
    const port = Number(new URL(stub.url).port)
    await expect(startModelStub({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await stub.close()
    await using again = await startModelStub({ port })
    expect(again.url).toBe(stub.url)
  })
})
