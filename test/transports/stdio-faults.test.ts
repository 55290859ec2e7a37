import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { ConnectionClosedError } from '../../src/rpc/index.js'
import type { StdioTransport } from '../../src/transports/stdio.js'
import { goneAfterKill, isRunning } from '../process/helpers.js'
import { failOnUnhandled } from '../rpc/helpers.js'
import { peerOver, record, script } from './helpers.js'

beforeEach(failOnUnhandled)

/** Starts a transport and waits until it ends by itself; the child must be gone then. */
async function endOf(transport: StdioTransport) {
  const seen = record(transport)
  await transport.start()
  const reason = await seen.closed
  await transport.close()
  expect(seen.reasons).toHaveLength(1)
  expect(isRunning(transport.pid as number)).toBe(false)
  return { ...seen, reason }
}

describe('a child that exits', () => {
  test.each([0, 1])(
    'with code %i tells it, whatever came first, with the redacted end of its error stream',
    async (code) => {
      const secret = `sk-proj-${'Z9y8X7w6'.repeat(4)}`
      const { reason, messages } = await endOf(
        script([{ out: '{"a":1}\n' }, { err: `bad key ${secret}\nbye\n` }, { exit: code }]),
      )
      expect(reason).toMatchObject({
        kind: 'remote',
        message: `the process exited with code ${code}`,
        exitCode: code,
      })
      expect(reason).not.toHaveProperty('signal')
      expect(reason).not.toHaveProperty('partialBytes')
      expect(reason.stderrTail).toContain('bye\n')
      expect(reason.stderrTail).not.toContain('Z9y8')
      expect(messages).toEqual([{ a: 1 }])
    },
  )

  test('by a signal tells it', async () => {
    const { reason } = await endOf(script([{ kill: 'SIGKILL' }, { hang: true }]))
    expect(reason).toEqual({
      kind: 'remote',
      message: 'the process was ended by SIGKILL',
      signal: 'SIGKILL',
    })
  })

  test('in the middle of a line tells how much it cut off', async () => {
    const { reason, messages } = await endOf(
      script([{ out: '{"a":1}\n{"b":"é' }, { kill: 'SIGKILL' }, { hang: true }]),
    )
    expect(reason).toMatchObject({ signal: 'SIGKILL', partialBytes: 8 })
    expect(messages).toEqual([{ a: 1 }])
  })

  test('after a request rejects that request with the reason', async () => {
    const { peer } = await peerOver(script([{ line: true }, { err: 'cannot\n' }, { exit: 3 }]))
    const error = await peer.request('m').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConnectionClosedError)
    expect(error).toMatchObject({ reason: { exitCode: 3, stderrTail: 'cannot\n' } })
    expect(await peer.closed).toBe((error as ConnectionClosedError).reason)
  })

  test('with its last message unfinished by a line feed has it delivered', async () => {
    const { reason, messages } = await endOf(script([{ out: '{"a":1}' }, { exit: 0 }]))
    expect(messages).toEqual([{ a: 1 }])
    expect(reason).not.toHaveProperty('partialBytes')
  })

  test('leaves nothing of a flood of output unread', async () => {
    const lines = Array.from({ length: 5_000 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(200)}"}\n`)
    const steps = [{ out: lines.slice(0, 250).join('') }, { line: true as const }, { exit: 0 }]
    const transport = script(steps)
    const seen = record(transport)
    await transport.start()
    transport.send({})
    await seen.closed
    expect(seen.messages).toHaveLength(250)
  })
})

describe('a child whose streams and life part', () => {
  test('one that closes its output and lives on is ended', async () => {
    const transport = script([{ out: '{"a":1}\n{"b"' }, { closeOutput: true }, { hang: true }], {
      termination: { stdinGraceMs: 10, termGraceMs: 2_000 },
    })
    const { reason, messages } = await endOf(transport)
    expect(reason).toEqual({
      kind: 'remote',
      message: 'the process closed its output without exiting',
      partialBytes: 4,
    })
    expect(messages).toEqual([{ a: 1 }])
    expect(await transport.exited).toMatchObject({ signal: 'SIGTERM' })
  })

  test('one whose output another program keeps open has exited all the same', async () => {
    const transport = script([{ heir: true }, { exit: 4 }])
    const seen = record(transport)
    const heir = new Promise<number>((resolve) => {
      transport.onmessage = (message) => resolve((message as { params: number }).params)
    })
    await transport.start()
    const pid = await heir
    onTestFinished(async () => {
      process.kill(pid, 'SIGKILL')
      await goneAfterKill(pid)
    })
    expect(await seen.closed).toMatchObject({ kind: 'remote', exitCode: 4 })
    await transport.close()
    expect(isRunning(pid)).toBe(true)
    expect(process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap')).toEqual([])
  })

  test('one that closes its input and lives on is an error once something is sent', async () => {
    const seenByCaller: Error[] = []
    const transport = script([{ closeInput: true }, { out: '{"method":"deaf"}\n' }, { hang: true }], {
      termination: { stdinGraceMs: 10, termGraceMs: 2_000 },
      onStdinError: (error) => {
        seenByCaller.push(error)
        throw new Error('from the callback')
      },
    })
    const seen = record(transport)
    const deaf = new Promise((resolve) => {
      transport.onmessage = resolve
    })
    await transport.start()
    await deaf
    transport.send({ n: 1 })
    const reason = await seen.closed
    expect(reason).toMatchObject({ kind: 'error', cause: { code: 'EPIPE' } })
    expect(reason.message).toContain('the process no longer reads its input')
    expect(seenByCaller).toEqual([reason.cause])
    expect(() => transport.send({})).toThrow('not open')
  })

  test('one that closes its input and exits is an exit, with the broken pipe as its cause', async () => {
    const transport = script([
      { closeInput: true },
      { out: '{"method":"deaf"}\n' },
      { err: 'leaving\n' },
      { exit: 5 },
    ])
    const seen = record(transport)
    transport.onmessage = () => transport.send({ n: 1 })
    await transport.start()
    expect(await seen.closed).toMatchObject({ kind: 'remote', exitCode: 5, stderrTail: 'leaving\n' })
  })
})

describe('a child that writes nonsense', () => {
  test('invalid JSON ends it and gives the cause, free of secrets', async () => {
    const secret = `sk-proj-${'Z9y8X7w6'.repeat(4)}`
    const { reason, messages } = await endOf(
      script([{ out: `{"a":1}\n{"key": "${secret}",}\n{"b":1}\n` }, { wait: true }]),
    )
    expect(reason).toMatchObject({ kind: 'error', cause: { code: 'MESSAGE_PARSE' } })
    expect(reason.message).toContain('the process wrote something that is not a message')
    expect(`${reason.message} ${reason.cause?.message} ${reason.cause?.stack}`).not.toContain('Z9y8')
    expect(messages).toEqual([{ a: 1 }])
  })

  test('too much noise in a row ends it', async () => {
    const { reason, errors } = await endOf(
      script([{ out: 'y\n'.repeat(10) }, { wait: true }], { maxNoiseLines: 3 }),
    )
    expect(errors).toHaveLength(3)
    expect(reason).toMatchObject({ kind: 'error', cause: { code: 'NOISE_LINE' } })
  })

  test('noise at its end is no message cut off', async () => {
    const { reason, errors } = await endOf(script([{ out: '{"a":1}\n[warn] bye' }, { exit: 0 }]))
    expect(reason).not.toHaveProperty('partialBytes')
    expect(errors).toHaveLength(1)
  })
})

test('a child that reads nothing holds the sender back until it is closed', async () => {
  const transport = script([{ out: '{"method":"up"}\n' }, { hang: true }], {
    termination: { stdinGraceMs: 10, termGraceMs: 2_000 },
  })
  record(transport)
  await transport.start()
  const message = { text: 'x'.repeat(100_000) }
  const results = Array.from({ length: 100 }, () => transport.send(message))
  const full = results.filter((result) => result instanceof Promise)
  expect(full.length).toBeGreaterThan(90)
  await transport.close()
  await Promise.all(full)
})
