import type { Readable, Writable } from 'node:stream'
import type { Transport } from '../../../rpc/transport.js'
import { streams } from '../../../transports/streams.js'
import { checkInteger, checkKnownKeys, checkOptions } from '../../../util/validate.js'

/** Options of `ExecServer.listenStdio`. */
export interface ListenStdioOptions {
  /** Where messages come from. @default `process.stdin` */
  readonly readable?: Readable | undefined
  /** Where messages go. @default `process.stdout` */
  readonly writable?: Writable | undefined
  /** Longest message in bytes; a longer one is refused. @default 128 MiB */
  readonly maxMessageBytes?: number | undefined
}

const KNOWN: Readonly<Record<keyof ListenStdioOptions, true>> = {
  readable: true,
  writable: true,
  maxMessageBytes: true,
}

/** The transport over standard streams. Throws `InvalidInputError` for a wrong option. */
export function stdioTransport(options: ListenStdioOptions): Transport {
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  checkInteger('maxMessageBytes', options.maxMessageBytes, 1, 1)
  return streams({
    readable: options.readable ?? process.stdin,
    writable: options.writable ?? process.stdout,
    invalidJson: 'report',
    maxLineBytes: options.maxMessageBytes,
  })
}
