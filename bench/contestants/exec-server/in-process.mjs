import { connectInProcess, ExecServer } from '../../../dist/exec-server/index.js'
import { readAll } from '../../sources/exec-server.mjs'

/** The library on both ends in this process, without a transport: the processor time is that of both. */
export async function prepare({ processes }) {
  const server = new ExecServer()
  const client = await connectInProcess(server, { clientName: 'bench' })
  const close = async () => {
    await client.close()
    await server.close()
  }
  return { run: (count) => readAll(client, count, processes), close }
}
