import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { locateCodex } from '../../../dist/index.js'
import { readLines } from '../../sources/lines.mjs'
import { startModel } from '../../sources/model.mjs'

/** The least that can talk to the app-server: writes four kinds of messages and knows three. */
export async function prepare({ deltas }) {
  const model = await startModel(deltas)
  const { path } = await locateCodex()
  const child = spawn(path, ['app-server'], {
    cwd: model.cwd,
    env: model.env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const pending = new Map()
  let nextId = 1
  let sum = 0
  let ended
  const request = (method, params) =>
    new Promise((resolve) => {
      const id = nextId++
      pending.set(id, resolve)
      child.stdin.write(`${JSON.stringify({ id, method, params })}\n`)
    })
  readLines(child.stdout, ({ id, method, params, result }) => {
    if (method === undefined) pending.get(id)?.(result)
    else if (method === 'item/agentMessage/delta') sum += params.delta.length
    else if (method === 'turn/completed') ended?.()
  })
  await request('initialize', { clientInfo: { name: 'bench', version: '1', title: null } })
  const { thread } = await request('thread/start', { cwd: model.cwd })
  const run = async (count) => {
    sum = 0
    for (let i = 0; i < count; i += 1) {
      const end = new Promise((resolve) => {
        ended = resolve
      })
      await request('turn/start', {
        threadId: thread.id,
        input: [{ type: 'text', text: 'Hello', text_elements: [] }],
      })
      await end
    }
    return sum / 'ok'.length / deltas
  }
  const close = async () => {
    const exited = once(child, 'exit')
    child.stdin.end()
    await exited
    await model.close()
  }
  return { run, close }
}
