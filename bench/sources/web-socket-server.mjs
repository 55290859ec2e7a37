import { fork } from 'node:child_process'
import { once } from 'node:events'
import { sourcePath } from './spawn.mjs'

/** Starts the server that floods, in a process of its own. */
export async function startServer() {
  const child = fork(sourcePath('web-socket-flood.mjs'))
  const [port] = await once(child, 'message')
  return { url: `ws://127.0.0.1:${port}`, close: () => child.disconnect() }
}
