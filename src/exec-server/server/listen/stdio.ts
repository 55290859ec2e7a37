import type { Readable, Writable } from 'node:stream'
import type { Transport } from '../../../rpc/transport.js'
import { streams } from '../../../transports/streams.js'
import { checkOptions } from '../../../util/validate.js'

/** Options of `ExecServer.listenStdio`. */
export interface ListenStdioOptions {
  /** Where messages come from. @default `process.stdin` */
  readonly readable?: Readable | undefined
  /** Where messages go. @default `process.stdout` */
  readonly writable?: Writable | undefined
  /** Longest message in bytes; a longer one is refused. @default 128 MiB */
  readonly maxMessageBytes?: number | undefined
}

/** The transport over standard streams. Throws `InvalidInputError` for a wrong option. */
export function stdioTransport(options: ListenStdioOptions): Transport {
  checkOptions('options', options)
  return streams({
    readable: options.readable ?? process.stdin,
    writable: options.writable ?? process.stdout,
    invalidJson: 'report',
    maxLineBytes: options.maxMessageBytes,
  })
}
