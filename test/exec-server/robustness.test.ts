import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EXEC_METHODS } from '../../src/exec-server/index.js'
import { goneAfterKill, isRunning, lineReader, startFixture } from '../process/helpers.js'
import { failOnUnhandled, macrotask } from '../rpc/helpers.js'
import { connectedClient, eventually, ourServer, temporaryFolder, testServer } from './support.js'

/** How much each of 64 processes writes here; `scripts/exec-server-load.ts` does it with 10 MB. */
const BYTES_EACH = 500_000

describe('fuzzed messages', () => {
  // Nothing that writes, removes or runs: the values are arbitrary, and so is what they would hit.
  const harmless = Object.keys(EXEC_METHODS).filter(
    (method) => !/^(process\/start|fs\/(write|remove|copy|createD|open)|http\/)/.test(method),
  )
  const value = fc.jsonValue({ maxDepth: 3 })
  const params = fc.oneof(
    value,
    fc.record(
      {
        processId: fc.oneof(fc.constant('p'), value),
        path: fc.oneof(fc.constantFrom('file:///nowhere', 'file:///%zz', '/x', 'file://['), value),
        handleId: value,
        afterSeq: value,
        maxBytes: value,
        chunk: value,
        writeId: value,
        signal: fc.oneof(fc.constant('interrupt'), value),
        clientName: value,
        resumeSessionId: value,
        watchId: value,
        missing: value,
        options: value,
      },
      { requiredKeys: [] },
    ),
  )
  const message = fc.oneof(
    fc.record({ id: fc.oneof(fc.nat(), fc.string()), method: fc.constantFrom(...harmless), params }),
    fc.record({ id: value, method: fc.oneof(fc.string(), value), params: value }, { requiredKeys: [] }),
  )
  const line = fc.oneof(
    message.map((one) => JSON.stringify(one)),
    fc.string().map((text) => text.replaceAll('\n', ' ')),
    message.map((one) => JSON.stringify(one).slice(0, -3)),
  )

  it('never crash a server: it goes on answering, or has ended that connection and serves the next', async () => {
    failOnUnhandled()
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), fc.boolean(), async (lines, isReady) => {
        const client = ourServer()
        if (isReady) await client.shakeHands()
        for (const one of lines) client.line(one)
        client.line('{"id":"the end","method":"environment/status"}')
        await client.until(({ id }) => id === 'the end').catch(() => client.ended())
        client.end()
        await client.ended()
      }),
      { numRuns: 60 },
    )
    await macrotask()
  })

  it('with the parameters of a start neither crash it nor leave a process', async () => {
    failOnUnhandled()
    const folder = await temporaryFolder()
    const client = await connectedClient({ roots: [folder] })
    const start = fc.record(
      {
        processId: fc.string(),
        argv: fc.oneof(fc.constant(['/bin/true']), value),
        cwd: fc.oneof(fc.constant(`file://${folder}`), value),
        env: fc.oneof(fc.constant({}), fc.dictionary(fc.string(), fc.string()), value),
        tty: fc.oneof(fc.constant(false), fc.constantFrom(null, 'x', 1)),
        arg0: fc.oneof(fc.string(), value),
        pipeStdin: fc.oneof(fc.boolean(), value),
        envPolicy: value,
        sandbox: value,
      },
      { requiredKeys: ['processId', 'argv', 'cwd', 'env', 'tty'] },
    )
    await fc.assert(
      fc.asyncProperty(start, async (params) => {
        const error = await client.call('process/start', params).catch((reason: unknown) => reason)
        if (error instanceof Error)
          expect(error).toMatchObject({ code: 'RPC_ERROR', rpcCode: expect.any(Number) })
      }),
      { numRuns: 100 },
    )
    expect(await client.call('environment/status')).toEqual({ status: 'ready' })
  })
})

it('64 processes at once stream what they have: nothing is lost, and little is held', async () => {
  const client = await connectedClient({ retainedOutputBytes: 64 * 1024 })
  const ids = Array.from({ length: 64 }, (_, index) => `p${index}`)
  await Promise.all(ids.map((id) => client.sh(id, `head -c ${BYTES_EACH} /dev/zero`)))
  for (const id of ids) {
    await client.until(({ method, params }) => method === 'process/closed' && params.processId === id)
  }
  const received = new Map<string, number>()
  const seqs = new Map<string, number>()
  for (const { method, params } of client.notified) {
    const { processId, seq, chunk } = params
    expect(seq).toBe((seqs.get(processId) ?? 0) + 1)
    seqs.set(processId, seq)
    if (method !== 'process/output') continue
    received.set(processId, (received.get(processId) ?? 0) + Buffer.byteLength(chunk, 'base64'))
  }
  expect(ids.filter((id) => received.get(id) !== BYTES_EACH)).toEqual([])
})

it('a client that is killed leaves no process after the grace time', async () => {
  const server = testServer({ detachedSessionMs: 100 })
  const { url } = await server.listenWebSocket()
  const client = startFixture('exec-server-client', [url])
  const nextLine = lineReader(client.stdout)
  const pids = [await nextLine(), await nextLine(), await nextLine()].map(Number)
  expect(pids.filter(isRunning)).toEqual(pids)
  process.kill(client.pid ?? 0, 'SIGKILL')
  for (const pid of pids) await goneAfterKill(pid)
  await eventually(() => server.sessions).toBe(0)
})
