import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, startBench } from './client-support.js'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench[Symbol.asyncDispose]())

describe('the real Codex', () => {
  it('answers 400 requests that are made at once', async () => {
    const requests = Array.from({ length: 400 }, () => bench.codex.request('model/list', {}))
    const answers = await Promise.all(requests)
    expect(answers.filter(({ data }) => Array.isArray(data))).toHaveLength(400)
  })

  it('starts 30 threads that are asked for at once', async () => {
    const threads = await Promise.all(
      Array.from({ length: 30 }, () => bench.codex.startThread({ cwd: bench.workspace })),
    )
    expect(new Set(threads.map(({ id }) => id)).size).toBe(30)
  })

  it('takes the input of a command while every place for commands is taken', async () => {
    const { codex } = await bench.restart({ maxInFlightRequests: 1 })
    try {
      const outputs = codex.notifications({ methods: ['command/exec/outputDelta'] })[Symbol.asyncIterator]()
      const finished = codex.request('command/exec', {
        command: ['/bin/sh', '-c', 'echo ready; exec cat'],
        cwd: bench.workspace,
        processId: 'cat',
        streamStdin: true,
        streamStdoutStderr: true,
        sandboxPolicy: { type: 'dangerFullAccess' },
      })
      const second = codex.request('command/exec', {
        command: ['/bin/sh', '-c', 'echo second'],
        cwd: bench.workspace,
        sandboxPolicy: { type: 'dangerFullAccess' },
      })
      await outputs.next()
      await outputs.return?.()
      await codex.request('command/exec/write', { processId: 'cat', closeStdin: true })
      expect(await finished).toMatchObject({ exitCode: 0 })
      expect(await second).toMatchObject({ exitCode: 0, stdout: 'second\n' })
    } finally {
      await codex.close()
    }
  })
})
