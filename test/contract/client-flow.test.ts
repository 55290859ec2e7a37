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
})
