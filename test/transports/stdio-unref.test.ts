import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fixture, goneAfterKill } from '../process/helpers.js'
import { program } from './helpers.js'

/** Runs a program that does not close its transport, to its end. */
async function runHost(mode: string): Promise<{ output: string; status: unknown[] }> {
  const host = spawn(process.execPath, ['--import', 'tsx', fixture('stdio-host'), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    host.kill('SIGKILL')
  })
  let output = ''
  host.stdout.on('data', (chunk) => {
    output += chunk
  })
  return { status: await once(host, 'close'), output }
}

describe('a transport that does not keep its program alive', () => {
  test.each(['once', 'again'])('lets it end by itself, and the child ends with it (%s)', async (mode) => {
    const { output, status } = await runHost(mode)
    expect(status).toEqual([0, null])
    expect(output).toMatch(/^answered \d+\n$/)
    await goneAfterKill(Number(output.split(' ')[1]))
  })

  test('still closes in order: the program waits for the end of the child', async () => {
    const transport = program('stdio-echo')
    await transport.start()
    transport.unref()
    await transport.close()
    expect(await transport.exited).toEqual({ code: 0, signal: null })
  })

  test('may be told so before it starts and after its end', async () => {
    const transport = program('stdio-echo')
    transport.unref()
    transport.ref()
    await transport.start()
    await transport.close()
    transport.unref()
    transport.ref()
    expect(await transport.exited).toEqual({ code: 0, signal: null })
  })
})
