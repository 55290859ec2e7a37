#!/usr/bin/env node
import { redact } from '../redaction/index.js'
import { VERSION } from '../util/version.js'
import { readArguments, USAGE } from './cli/arguments.js'
import { problemLog } from './cli/problem-log.js'
import { ExecServer } from './server/index.js'

const EXIT_USAGE = 2

/** Runs until the client has gone, or for ever. Resolves with the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const invocation = readArguments(argv)
  if (invocation.kind !== 'serve') {
    process.stdout.write(invocation.kind === 'help' ? USAGE : `${VERSION}\n`)
    return 0
  }
  const { listen, roots } = invocation
  // Nobody who reads the problems is no reason to end.
  process.stderr.on('error', () => {})
  const onError = problemLog(
    (line) => process.stderr.write(line),
    undefined,
    () => process.stderr.writableNeedDrain,
  )
  const server = new ExecServer({ roots, onError })
  if (listen.kind === 'stdio') {
    await server.listenStdio()
    await server.close()
    return 0
  }
  const listener = await server.listenWebSocket(listen.options)
  // The line that those who start it wait for: the same as the real one's.
  process.stdout.write(`${listener.url}\n`)
  await listener.closed
  return 0
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${redact(error instanceof Error ? error.message : String(error))}\n`)
    process.exitCode = EXIT_USAGE
  },
)
