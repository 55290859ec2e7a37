import { expect, it } from 'vitest'
import { pathToUri } from '../../../../src/exec-server/protocol/index.js'
import { Connection } from '../../../../src/exec-server/server/connection-state.js'
import { processHandlers } from '../../../../src/exec-server/server/processes/process-handlers.js'
import { SessionRegistry } from '../../../../src/exec-server/server/session-registry.js'
import { checkServerOptions } from '../../../../src/exec-server/server/settings.js'

const accepted = { status: 'accepted' }

it.skipIf(process.platform === 'win32')(
  'a write that is sent again waits with the first, but not for a connection that has ended',
  async () => {
    const settings = checkServerOptions({})
    const sessions = new SessionRegistry(settings)
    const session = sessions.create()
    const link = { notify: () => {}, drained: () => undefined }
    const [first, second, third] = [1, 2, 3].map(() => new Connection(session, false, link)) as [
      Connection,
      Connection,
      Connection,
    ]
    const handlers = processHandlers(settings)
    const signal = () => first.signal
    const argv = ['/bin/sh', '-c', 'read line; exec sleep 1000']
    const fixed = { cwd: pathToUri(process.cwd()), env: { PATH: process.env.PATH ?? '' } }
    const start = { processId: 'p', argv, tty: false, pipeStdin: true, ...fixed } as never
    await handlers['process/start'](start, first, signal)
    const chunk = Buffer.alloc(1_000_000, 'x').toString('base64')
    const params = { processId: 'p', chunk, writeId: '1' }
    const writes = [first, second, third].map((connection) =>
      Promise.resolve(handlers['process/write'](params, connection, signal)),
    )
    await second.end()
    await expect(writes[1]).rejects.toMatchObject({ message: 'the connection has ended' })
    await handlers['process/terminate']({ processId: 'p' }, first, signal)
    expect(await Promise.all([writes[0], writes[2]])).toEqual([accepted, accepted])
    await sessions.end()
  },
)
