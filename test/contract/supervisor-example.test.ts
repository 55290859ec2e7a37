import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { reply, startModelStub, stubCodexHome } from '../../src/testing/index.js'
import { freshFolder } from '../supervisor/folders.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

function startExample(directory: string, env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'examples/supervisor.ts', directory], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function outputOf(child: ChildProcess): Promise<string> {
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  await once(child, 'close')
  return output
}

it('the queue of the example goes on after kill -9 in the middle of a turn', async () => {
  await using stub = await startModelStub()
  await using home = await stubCodexHome(stub)
  const directory = await freshFolder()
  const held = reply.hold(reply.text('never heard'))
  stub.when((request) => request.lastUserText === 'Which of them have rings?').always(held)
  const first = startExample(directory, home.env)
  const exited = once(first, 'exit')
  await held.reached
  first.kill('SIGKILL')
  await exited
  held.release()

  const output = await outputOf(startExample(directory, home.env))
  expect(output.split('\n').map((line) => line.trim())).toEqual([
    'known │ List the planets ok',
    'asked │ You were cut off. See what is done, and finish it: Which of them have rings?',
    'completed │ ok',
    'asked │ Which one is the largest?',
    'completed │ ok',
    'turns │ {"completed":3,"failed":1}',
    '',
  ])
  expect(stub.requests.map((request) => request.lastUserText)).toEqual([
    'List the planets',
    'Which of them have rings?',
    'You were cut off. See what is done, and finish it: Which of them have rings?',
    'Which one is the largest?',
  ])
})
