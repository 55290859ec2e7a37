import { join } from 'node:path'
import { stdio } from '../../src/transports/stdio.js'
import type { Plan } from '../fixtures/fault-server.mjs'
import { fixture } from '../process/helpers.js'
import { type Link, type Links, MAX_BYTES, type TransportName } from './link.js'
import { memoryLink } from './memory-link.js'
import { socketLinks } from './socket-links.js'

/** Prepares the links of a kind; `folder` is where a unix socket may lie. */
export async function startLinks(kind: TransportName, folder: string): Promise<Links> {
  if (kind === 'ws') return socketLinks(undefined)
  if (kind === 'unix') return socketLinks(join(folder, 'faults.sock'))
  return { open: kind === 'memory' ? memoryLink : stdioLink, async [Symbol.asyncDispose]() {} }
}

function stdioLink(plan: Plan): Link {
  const transport = stdio({
    command: process.execPath,
    args: [fixture('fault-server-stdio'), JSON.stringify(plan)],
    maxLineBytes: MAX_BYTES,
    termination: { stdinGraceMs: 500, termGraceMs: 500 },
  })
  return {
    transport,
    async gone() {
      await transport.close()
      await transport.exited
    },
  }
}
