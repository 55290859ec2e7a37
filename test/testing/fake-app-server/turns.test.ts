import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FakeTurn } from '../../../src/testing/index.js'
import { deferred } from '../../../src/util/deferred.js'
import { readUntil, startBench } from './support.js'

describe('a script', () => {
  it('is the first that matches the text: a part of it, an expression, a function, or anything', async () => {
    await using bench = await startBench((fake) => {
      fake.onTurn('part', (turn) => turn.say('by part'))
      fake.onTurn(/^ex.*n$/g, (turn) => turn.say('by expression'))
      fake.onTurn(
        (text, turn) => text.length > 20 && turn.number > 1,
        (turn) => turn.say('by function'),
      )
      fake.onTurn((turn) => turn.say(`else: ${turn.text}, turn ${turn.number}`))
      fake.onTurn('part', (turn) => turn.say('never'))
    })
    const answers = []
    for (const text of ['a part of it', 'expression', 'expression', 'x'.repeat(21), 'y']) {
      answers.push((await bench.thread.run(text)).text)
    }
    expect(answers).toEqual(['by part', 'by expression', 'by expression', 'by function', 'else: y, turn 5'])
  })

  it('answers as many turns as it should, and none once it was taken away', async () => {
    await using bench = await startBench()
    bench.fake.onTurn(/./, (turn) => turn.say('twice'), { times: 2 })
    const remove = bench.fake.onTurn((turn) => turn.say('then'))
    const run = async () => (await bench.thread.run('x')).text
    expect([await run(), await run(), await run()]).toEqual(['twice', 'twice', 'then'])
    remove()
    expect(await run()).toBe('ok')
  })

  it('plays its steps in order, awaited or not', async () => {
    const held = deferred<void>()
    await using bench = await startBench((fake) =>
      fake.onTurn((turn) => {
        turn.reasons('first')
        turn.waits(held.promise)
        turn.runs('second', { output: 'out', chunks: ['o', 'ut'], exitCode: 2, cwd: '/x', durationMs: 5 })
        turn.edits('third.txt', '@@ -1 +1 @@\n-a\n+b\n')
        turn.say('fourth')
      }),
    )
    const running = bench.thread.run('go')
    held.resolve()
    const { items, text, diff } = await running
    expect(items.map((item) => item.type)).toEqual([
      'userMessage',
      'reasoning',
      'commandExecution',
      'fileChange',
      'agentMessage',
    ])
    expect(items[2]).toMatchObject({
      status: 'failed',
      exitCode: 2,
      aggregatedOutput: 'out',
      cwd: '/x',
      durationMs: 5,
    })
    expect(items[3]).toMatchObject({ status: 'completed', changes: [{ path: '/repo/third.txt' }] })
    expect(diff).toBe(
      'diff --git a/third.txt b/third.txt\n--- a/third.txt\n+++ b/third.txt\n@@ -1 +1 @@\n-a\n+b\n',
    )
    expect(text).toBe('fourth')
  })

  it('that throws fails its turn, tells the server of it, and spoils nothing else', async () => {
    await using bench = await startBench((fake) => {
      fake.onTurn('throw', () => {
        throw new Error('wrong script')
      })
      fake.onTurn('chunks', (turn) => {
        turn.say('abc', {
          chunks: (function* () {
            yield 'a'
            throw new Error('wrong chunks')
          })(),
        })
        turn.say('never')
      })
      fake.onTurn('wait', async (turn) => {
        await turn.waits(Promise.reject(new Error('wrong promise')))
      })
    })
    for (const text of ['throw', 'chunks', 'wait']) {
      await expect(bench.thread.run(text)).rejects.toMatchObject({ code: 'TURN_FAILED' })
    }
    expect(bench.fake.errors.map((error) => error.message)).toEqual([
      'wrong script',
      'wrong chunks',
      'wrong promise',
    ])
    expect((await bench.thread.run('fine')).text).toBe('ok')
  })

  it('learns of an interrupt: its signal aborts, its steps reject, its steers end', async () => {
    const learnt = deferred<unknown[]>()
    await using bench = await startBench((fake) =>
      fake.onTurn('hang', async (turn) => {
        const error = await turn.waits(new Promise(() => {})).catch((reason: unknown) => reason)
        for await (const _ of turn.steers) throw new Error('there are none')
        const late = await turn.say('late').catch((reason: unknown) => reason)
        learnt.resolve([turn.signal.aborted, error, late])
      }),
    )
    const turn = bench.thread.stream('hang')
    const events = turn[Symbol.asyncIterator]()
    await readUntil(events, 'turn.started')
    await turn.interrupt()
    expect(await turn.result).toMatchObject({ status: 'interrupted' })
    const aborted = expect.objectContaining({ name: 'AbortError' })
    expect(await learnt.promise).toEqual([true, aborted, aborted])
    expect(bench.fake.errors).toEqual([])
  })

  it('hears what users say meanwhile', async () => {
    await using bench = await startBench((fake) =>
      fake.onTurn('listen', async (turn) => {
        turn.reasons('hm')
        for await (const { text, input, clientUserMessageId } of turn.steers) {
          await turn.say(`${text} ${input.length} ${clientUserMessageId}`)
          if (text === 'stop') return
        }
      }),
    )
    const turn = bench.thread.stream('listen')
    const events = turn[Symbol.asyncIterator]()
    await readUntil(events, 'reasoning.delta')
    await turn.steer('more')
    await readUntil(events, 'message.delta')
    await turn.steer('stop')
    const { items } = await turn.result
    expect(items.map((item) => item.type)).toEqual([
      'userMessage',
      'reasoning',
      'userMessage',
      'agentMessage',
      'userMessage',
      'agentMessage',
    ])
    expect(items.at(-1)).toMatchObject({ text: 'stop 1 null' })
  })

  it('counts tokens as it is told', async () => {
    await using bench = await startBench((fake) =>
      fake.onTurn((turn) => {
        turn.usage({ inputTokens: 10, outputTokens: 1 })
        turn.runs('true')
        turn.say('done')
        turn.usage({ inputTokens: 1000, cachedInputTokens: 900, outputTokens: 100, reasoningTokens: 50 })
      }),
    )
    expect((await bench.thread.run('x')).usage).toMatchObject({
      totalTokens: 1111,
      inputTokens: 1010,
      cachedInputTokens: 900,
      outputTokens: 101,
      reasoningOutputTokens: 50,
      contextTokens: 1100,
    })
  })

  it('sends what has no step of its own, word for word', async () => {
    const answers: unknown[] = []
    await using bench = await startBench((fake) =>
      fake.onTurn(async (turn) => {
        turn.notify('turn/plan/updated', {
          threadId: turn.threadId,
          turnId: turn.id,
          explanation: null,
          plan: [{ step: 'only', status: 'inProgress' }],
        })
        answers.push(await turn.request('currentTime/read', { threadId: turn.threadId }))
        answers.push(await turn.request('attestation/generate', {}))
      }),
    )
    expect((await bench.thread.run('x')).plan).toEqual([{ step: 'only', status: 'inProgress' }])
    expect(answers).toEqual([
      { result: { currentTimeAt: expect.any(Number) } },
      { error: expect.objectContaining({ code: -32603 }) },
    ])
  })

  it('refuses what is no step, at the call', async () => {
    const thrown: unknown[] = []
    const wrong: ((turn: FakeTurn) => unknown)[] = [
      (turn) => turn.say(5 as never),
      (turn) => turn.runs(''),
      (turn) => turn.edits('', 'x'),
      (turn) => turn.asksApproval({ edits: [] }),
      (turn) => turn.asksUser([]),
      (turn) => turn.callsTool(''),
      (turn) => turn.retries(''),
    ]
    await using bench = await startBench((fake) =>
      fake.onTurn((turn) => {
        for (const call of wrong) {
          try {
            call(turn)
          } catch (error) {
            thrown.push((error as { option?: string }).option)
          }
        }
      }),
    )
    await bench.thread.run('x')
    expect(thrown).toEqual(['text', 'command', 'path', 'edits', 'questions', 'name', 'message'])
  })
})

describe('a turn that fails', () => {
  it.each([
    ['usageLimitExceeded', 'provider-usage-limited'],
    ['serverOverloaded', 'provider-overloaded'],
    ['contextWindowExceeded', 'context-window-exceeded'],
    [{ httpConnectionFailed: { httpStatusCode: 401 } }, 'provider-auth-failed'],
    [{ responseTooManyFailedAttempts: { httpStatusCode: 429 } }, 'provider-rate-limited'],
  ] as const)('with %j is classified as %s, and plays nothing more', async (info, kind) => {
    await using bench = await startBench((fake) =>
      fake.onTurn((turn) => {
        turn.fails(info)
        turn.say('never')
      }),
    )
    await expect(bench.thread.run('x')).rejects.toMatchObject({ failure: { kind }, result: { text: '' } })
    expect(bench.fake.errors).toEqual([])
  })

  it('tells of each try before, and loses what was half said', async () => {
    await using bench = await startBench((fake) =>
      fake.onTurn((turn) => {
        turn.retries('the stream broke', { after: 'hal' })
        turn.retries('it broke again', { httpStatusCode: 502 })
        turn.say('whole')
      }),
    )
    const messages: string[] = []
    const turn = bench.thread.stream('x')
    for await (const event of turn) if (event.type === 'turn.retrying') messages.push(event.message)
    const { text, items } = await turn.result
    expect(messages).toEqual(['Reconnecting... 1/5', 'Reconnecting... 2/5'])
    expect([text, items.length]).toEqual(['whole', 2])
  })
})

describe('time', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('does not have to pass: a whole turn runs while the clock stands still', async () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 })
    await using bench = await startBench((fake) =>
      fake.onTurn((turn) => {
        turn.runs('npm test', { output: 'fine' })
        turn.say('done')
      }),
    )
    expect(await bench.thread.run('x')).toMatchObject({ text: 'done', status: 'completed' })
    expect(bench.fake.threads[0]).toMatchObject({ createdAt: 1_700_000_000, turns: [{ durationMs: 0 }] })
  })
})
