import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connectStdio, connectWebSocket } from '../../dist/exec-server/index.js'
import { splitLines } from './lines.mjs'
import { isYesOutput } from './yes-bytes.mjs'

/** Makes the contestant that starts this program (`{ command, args }`) and reads what processes write through it. */
export async function throughServer(program, { over, processes }) {
  const { client, close } = await connections[over](program)
  return { run: (count) => readAll(client, count, processes), close }
}

/** Reads so many bytes from so many processes that write at the same time. Resolves with how many came. */
export async function readAll(client, count, processes) {
  const each = Math.round(count / processes)
  const sums = await Promise.all(Array.from({ length: processes }, () => readOne(client, each)))
  return sums.reduce((sum, one) => sum + one, 0)
}

async function readOne(client, bytes) {
  const argv = ['/bin/sh', '-c', `yes | head -c ${bytes}`]
  const child = await client.exec({ argv, cwd: '/tmp', env: { PATH: '/usr/bin:/bin' } })
  let count = 0
  for await (const chunk of child.stdout) {
    if (!isYesOutput(chunk, count)) throw new Error(`Other bytes than were written, about byte ${count}`)
    count += chunk.length
  }
  return count
}

const connections = {
  async stdio({ command, args }) {
    const client = await connectStdio({ clientName: 'bench', command, args: [...args, '--listen', 'stdio'] })
    return { client, close: () => client.close() }
  },
  async webSocket({ command, args }) {
    const child = spawn(command, [...args, '--listen', 'ws://127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    // A run that fails must not leave it behind.
    process.once('exit', () => child.kill())
    const url = await new Promise((resolve, reject) => {
      const failed = () => reject(new Error(`${command} ended before it told its URL`))
      splitLines(child.stdout, (line) => line.startsWith('ws://') && resolve(line)).then(failed)
    })
    const client = await connectWebSocket({ clientName: 'bench', url })
    const close = async () => {
      await client.close()
      child.kill()
      await exited
    }
    return { client, close }
  },
}
