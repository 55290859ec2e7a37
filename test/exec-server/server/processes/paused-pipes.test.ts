import { expect, it } from 'vitest'
import type { Child, ChildSink } from '../../../../src/exec-server/server/processes/child.js'
import { startPipeProcess } from '../../../../src/exec-server/server/processes/pipe-process.js'
import { deferred } from '../../../../src/util/deferred.js'

/** A shell command, what it has written and when it is over. */
async function started(command: string) {
  const [exited, closed] = [deferred<void>(), deferred<void>()]
  const written = { bytes: 0 }
  const sink: ChildSink = {
    output: (_stream, bytes) => {
      written.bytes += bytes.length
    },
    exited: () => exited.resolve(),
    closed: () => closed.resolve(),
  }
  const env = { PATH: process.env.PATH ?? '' }
  const argv = ['sh', '-c', command] as const
  const child: Child = await startPipeProcess(
    { argv, cwd: process.cwd(), env, arg0: undefined, pipeStdin: false },
    sink,
  )
  return { child, written, exited: exited.promise, closed: closed.promise }
}

const BYTES = 4_000_000

it.skipIf(process.platform === 'win32')(
  'output that is not read stays unread after the exit, and what the process left behind stands still',
  async () => {
    const left = await started(`head -c ${BYTES} /dev/zero & exit 0`)
    left.child.pause()
    await left.exited
    const before = left.written.bytes
    // Long enough for the other to write all, were it read.
    const clock = await started(`head -c ${BYTES} /dev/zero`)
    await clock.closed
    expect(clock.written.bytes).toBe(BYTES)
    expect(left.written.bytes).toBe(before)
    left.child.resume()
    await left.closed
    expect(left.written.bytes).toBe(BYTES)
  },
)
