import { fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { sourcePath } from './spawn.mjs'

/** Starts the model in a process of its own. `env` makes Codex use it. */
export async function startModel(deltas) {
  const child = fork(sourcePath('model-stub.mjs'), [String(deltas)])
  const [env] = await once(child, 'message')
  const close = async () => {
    const closed = once(child, 'exit')
    child.disconnect()
    await closed
  }
  return { env: { ...process.env, ...env }, cwd: tmpdir(), close }
}
