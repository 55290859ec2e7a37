import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutputPool } from '../../../../src/exec-server/server/processes/output-pool.js'
import { ProcessTable } from '../../../../src/exec-server/server/processes/process-table.js'
import { RetainedOutput } from '../../../../src/exec-server/server/processes/retained-output.js'
import { eventually, TestClient, testServer } from '../../support.js'

const seqs = (output: RetainedOutput) => output.after(0).map(({ seq }) => seq)
const OVERHEAD = 256

describe('the pool of all output', () => {
  it('has the oldest chunk dropped, whosever it is', () => {
    const pool = new OutputPool(3 * (10 + OVERHEAD))
    const [one, other] = [new RetainedOutput(100, 10, pool), new RetainedOutput(100, 10, pool)]
    one.add(1, 'stdout', Buffer.alloc(10))
    other.add(1, 'stdout', Buffer.alloc(10))
    one.add(2, 'stdout', Buffer.alloc(10))
    one.add(3, 'stdout', Buffer.alloc(10))
    expect([seqs(one), seqs(other)]).toEqual([[2, 3], [1]])
    one.add(4, 'stdout', Buffer.alloc(10))
    expect([seqs(one), seqs(other)]).toEqual([[2, 3, 4], []])
    one.add(5, 'stdout', Buffer.alloc(10_000))
    expect([one.bytes, other.bytes, pool.bytes]).toEqual([0, 0, 0])
  })

  it('counts what a chunk keeps alive, not only what it says', () => {
    const pool = new OutputPool(Infinity)
    const output = new RetainedOutput(Infinity, Infinity, pool)
    output.add(1, 'stdout', Buffer.from(new ArrayBuffer(1_000), 0, 600))
    expect(pool.bytes).toBe(1_000 + OVERHEAD)
  })

  it('keeps the longest tail of all within its limit, whatever comes and goes', () => {
    const step = fc.record({ output: fc.nat(2), size: fc.nat(1_000), isEnd: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), fc.nat(4_000), (steps, maxBytes) => {
        const pool = new OutputPool(maxBytes)
        const make = () => new RetainedOutput(1_500, 5, pool)
        const outputs = [make(), make(), make()]
        let model: { output: number; seq: number; size: number }[] = []
        const own = (output: number) => model.filter((chunk) => chunk.output === output)
        const drop = (chunk: unknown) => {
          model = model.filter((one) => one !== chunk)
        }
        const total = (chunks: typeof model, more: number) =>
          chunks.reduce((sum, { size }) => sum + size + more, 0)
        for (const [index, { output, size, isEnd }] of steps.entries()) {
          if (isEnd && index % 10 === 0) {
            outputs[output]?.discard()
            outputs[output] = make()
            for (const chunk of own(output)) drop(chunk)
          }
          outputs[output]?.add(index + 1, 'stdout', Buffer.from(new ArrayBuffer(size)))
          model.push({ output, seq: index + 1, size })
          while (total(model, OVERHEAD) > maxBytes) drop(model[0])
          while (total(own(output), 0) > 1_500 || own(output).length > 5) drop(own(output)[0])
        }
        expect(outputs.map(seqs)).toEqual([0, 1, 2].map((output) => own(output).map(({ seq }) => seq)))
        expect(pool.bytes).toBe(total(model, OVERHEAD))
      }),
    )
  })

  it('is free of what was discarded, and of what comes after', () => {
    const pool = new OutputPool(1_000)
    const output = new RetainedOutput(100, 10, pool)
    output.add(1, 'stdout', Buffer.alloc(10))
    output.discard()
    output.add(2, 'stdout', Buffer.alloc(10))
    expect([pool.bytes, seqs(output)]).toEqual([0, []])
  })
})

describe('a server', () => {
  const kept = async (client: TestClient, processId: string) => {
    const { chunks } = await client.call('process/read', { processId })
    return Buffer.concat(
      chunks.map(({ chunk }: { chunk: string }) => Buffer.from(chunk, 'base64')),
    ).toString()
  }
  const write = async (client: TestClient, processId: string, text: string) => {
    await client.sh(processId, `printf ${text}`)
    await client.output(processId)
  }

  it('drops the oldest output of all sessions, and the numbers tell of the gap', async () => {
    const server = testServer({ maxRetainedBytes: 2 * (4 + OVERHEAD) })
    const clients = [await new TestClient(server).shakeHands(), await new TestClient(server).shakeHands()]
    const [first, second] = clients as [TestClient, TestClient]
    await write(first, 'p', 'one1')
    await write(second, 'p', 'two2')
    expect(await kept(first, 'p')).toBe('one1')
    await write(second, 'q', 'tri3')
    expect(await Promise.all([kept(first, 'p'), kept(second, 'p'), kept(second, 'q')])).toEqual([
      '',
      'two2',
      'tri3',
    ])
    expect(await first.call('process/read', { processId: 'p' })).toMatchObject({
      chunks: [],
      nextSeq: 4,
      closed: true,
    })
  })

  it('keeps nothing of processes that were forgotten, or whose session has ended', async () => {
    const pool = new OutputPool(Infinity)
    const limits = {
      ...{ pool, retainedOutputBytes: 100, retainedOutputChunks: 10 },
      ...{ maxProcesses: 10, closedRetentionMs: 0 },
    }
    const table = new ProcessTable(limits, () => {})
    const forgotten = table.reserve('forgotten')
    forgotten.output('stdout', Buffer.alloc(10))
    expect(pool.bytes).toBe(10 + OVERHEAD)
    forgotten.exited(0)
    forgotten.closed()
    await eventually(() => pool.bytes).toBe(0)
    const ended = table.reserve('ended')
    ended.output('stdout', Buffer.alloc(10))
    const end = table.end()
    expect(pool.bytes).toBe(0)
    ended.output('stdout', Buffer.alloc(10))
    ended.closed()
    await end
    expect(pool.bytes).toBe(0)
  })
})
